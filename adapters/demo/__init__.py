"""The demo: a stage around the product's own pages, a clock that can be moved, and sample people."""
