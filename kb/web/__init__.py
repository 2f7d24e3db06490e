"""What people look at: the explorer, the home page, and a page for every record."""
