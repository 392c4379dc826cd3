"""Speed, side by side with something else in the same run, as ratios."""
