"""Odd input by every door: thousands of mutated files and requests, refused at the worst."""
