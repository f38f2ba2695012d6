-- nothing is left to take
UPDATE host_sample SET mem_available = 300000000;
