"""The questions: what the bank holds, the rules every question passes, and which one comes next."""
