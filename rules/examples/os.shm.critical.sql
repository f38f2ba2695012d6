UPDATE host_sample SET shm_total = 67108864, shm_used = 66500000;
