"""One module a report: what it asks of the views, and how its answer is laid out."""
