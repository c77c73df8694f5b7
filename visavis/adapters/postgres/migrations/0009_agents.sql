-- Agents.
SELECT;
