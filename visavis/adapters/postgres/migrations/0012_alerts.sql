-- Watchlists and alerts.
SELECT;
