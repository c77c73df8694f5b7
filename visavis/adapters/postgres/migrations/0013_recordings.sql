-- Recorded video.
SELECT;
