"""What whoever runs the service does at a terminal, a file for each thing; `adapters.cli` lists them.

Anything heavy is imported inside a command: `alongside --help` answers at once.
"""
