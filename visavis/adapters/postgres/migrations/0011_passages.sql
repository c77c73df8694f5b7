-- Access and attendance.
SELECT;
