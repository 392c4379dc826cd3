"""Somebody who wants in, over real HTTP and in a real browser: one file for each kind of attack.

Each test also shows that it can fail: with a fault that is planted, or with the same thing done by its owner.
"""
