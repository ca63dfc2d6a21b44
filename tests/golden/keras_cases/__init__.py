"""What make_cases.py writes, a module for each part."""
