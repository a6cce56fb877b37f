"""From a number back to the entries that make it up.

Offers an `Explanation` of any number of a roster, of movements, of spending, and of the annual figures.
"""
