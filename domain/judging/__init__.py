"""What each kind of event is judged by: one module a part of the case."""
