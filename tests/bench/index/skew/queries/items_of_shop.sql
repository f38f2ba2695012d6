-- calls 5000 mean_ms 6
SELECT id, sku, price, stock FROM item WHERE shop_id = 33 AND NOT hidden
