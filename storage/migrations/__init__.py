"""Every database is built by these, and by nothing else."""
