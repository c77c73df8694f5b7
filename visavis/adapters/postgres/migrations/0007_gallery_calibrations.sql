-- A gallery may have a calibration of its own, made from the people and cameras it serves.

ALTER TABLE galleries ADD COLUMN calibration jsonb;
COMMENT ON COLUMN galleries.calibration IS
    'clear text, technical: what scores mean in this gallery, measured on its own data; rates and numbers only';
