-- a host of 1 GB
UPDATE host_sample SET mem_total = 1073741824;
