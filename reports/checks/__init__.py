"""Checks over all recorded facts: a check per kind of rule, with the parameters of the rule pack.

Protects that what is found is the same again anywhere, and that one finding hides no other.
Offers `run` (find), `raising` (record what was found), `sentences` (say it in Chinese and English).
"""
