-- calls 7000 mean_ms 6
SELECT id, price, stock FROM item WHERE shop_id = 1 AND sku = 'sku-' || md5('500x')::varchar(18)
