-- Corrections.
SELECT;
