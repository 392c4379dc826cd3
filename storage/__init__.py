"""What is remembered: tables, statements, encryption and migrations."""
