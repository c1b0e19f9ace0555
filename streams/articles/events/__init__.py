"""Competition and partnership events between the companies of an article."""
