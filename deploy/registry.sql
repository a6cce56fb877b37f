-- The schema registry's own database; run once, when PostgreSQL's volume is made.
CREATE DATABASE registry;
