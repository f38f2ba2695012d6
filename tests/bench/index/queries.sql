-- name: monthly_margin
SELECT carrier, returned, sum(pieces), sum(amount * (1 - rebate)), count(*) FROM line WHERE sent <= date '2025-06-01' GROUP BY carrier, returned ORDER BY carrier, returned
-- name: cheapest_stock
SELECT a.id, m.name, s.cost FROM article a JOIN maker m ON m.id = a.maker_id JOIN stock s ON s.article_id = a.id JOIN depot d ON d.id = s.depot_id WHERE a.weight = 15 AND a.class = 'class 7' AND d.region_id = 3 AND s.cost = (SELECT min(s2.cost) FROM stock s2 JOIN depot d2 ON d2.id = s2.depot_id WHERE s2.article_id = a.id AND d2.region_id = 3) ORDER BY s.cost LIMIT 100
-- name: open_purchases
SELECT p.id, sum(l.amount * (1 - l.rebate)) AS worth, p.ordered FROM client c JOIN purchase p ON p.client_id = c.id JOIN line l ON l.purchase_id = p.id WHERE c.segment = 'fleet' AND p.ordered < date '2022-03-15' AND l.sent > date '2022-03-15' GROUP BY p.id, p.ordered ORDER BY worth DESC LIMIT 10
-- name: late_purchases
SELECT urgency, count(*) FROM purchase p WHERE p.ordered >= date '2023-07-01' AND p.ordered < date '2023-10-01' AND EXISTS (SELECT 1 FROM line l WHERE l.purchase_id = p.id AND l.sent > l.due) GROUP BY urgency ORDER BY urgency
-- name: region_turnover
SELECT r.name, sum(l.amount * (1 - l.rebate)) FROM region r JOIN client c ON c.region_id = r.id JOIN purchase p ON p.client_id = c.id JOIN line l ON l.purchase_id = p.id JOIN depot d ON d.id = l.depot_id AND d.region_id = r.id WHERE r.name = 'region 5' AND p.ordered >= date '2022-01-01' AND p.ordered < date '2023-01-01' GROUP BY r.name
-- name: rebate_effect
SELECT sum(amount * rebate) FROM line WHERE sent >= date '2022-01-01' AND sent < date '2023-01-01' AND rebate BETWEEN 0.05 AND 0.07 AND pieces < 24
-- name: between_regions
SELECT d.region_id, c.region_id, extract(year FROM l.sent), sum(l.amount) FROM depot d JOIN line l ON l.depot_id = d.id JOIN purchase p ON p.id = l.purchase_id JOIN client c ON c.id = p.client_id WHERE d.region_id = 2 AND c.region_id = 9 AND l.sent BETWEEN date '2021-01-01' AND date '2022-12-31' GROUP BY 1, 2, 3
-- name: class_share
SELECT extract(year FROM p.ordered), avg(l.amount) FROM article a JOIN line l ON l.article_id = a.id JOIN purchase p ON p.id = l.purchase_id WHERE a.class = 'class 11' AND a.grade = 'g3' GROUP BY 1 ORDER BY 1
-- name: maker_profit
SELECT m.region_id, sum(l.amount - s.cost * l.pieces) FROM article a JOIN maker m ON m.id = a.maker_id JOIN line l ON l.article_id = a.id JOIN stock s ON s.article_id = l.article_id AND s.depot_id = l.depot_id WHERE m.name LIKE 'maker 77%' GROUP BY m.region_id
-- name: returned_goods
SELECT c.id, sum(l.amount) FROM client c JOIN purchase p ON p.client_id = c.id JOIN line l ON l.purchase_id = p.id WHERE l.returned AND p.ordered >= date '2023-10-01' AND p.ordered < date '2024-01-01' GROUP BY c.id ORDER BY 2 DESC LIMIT 20
-- name: important_stock
SELECT s.article_id, sum(s.cost * s.pieces) FROM stock s JOIN depot d ON d.id = s.depot_id WHERE d.region_id = 4 GROUP BY s.article_id HAVING sum(s.cost * s.pieces) > 2000000 ORDER BY 2 DESC
-- name: carrier_urgency
SELECT l.carrier, sum(CASE WHEN p.urgency = 'urgent' THEN 1 ELSE 0 END) FROM purchase p JOIN line l ON l.purchase_id = p.id WHERE l.carrier IN ('air', 'ship') AND l.sent < l.due AND l.due >= date '2022-01-01' AND l.due < date '2023-01-01' GROUP BY l.carrier
-- name: purchases_a_client
SELECT n, count(*) FROM (SELECT c.id, count(p.id) AS n FROM client c LEFT JOIN purchase p ON p.client_id = c.id AND p.note NOT LIKE '%ab%cd%' GROUP BY c.id) x GROUP BY n ORDER BY 2 DESC
-- name: grade_share
SELECT 100.0 * sum(CASE WHEN a.grade = 'g7' THEN l.amount ELSE 0 END) / sum(l.amount) FROM line l JOIN article a ON a.id = l.article_id WHERE l.sent >= date '2023-09-01' AND l.sent < date '2023-10-01'
-- name: best_depot
WITH t AS (SELECT depot_id, sum(amount) AS total FROM line WHERE sent >= date '2021-01-01' AND sent < date '2021-04-01' GROUP BY depot_id) SELECT d.name, t.total FROM depot d JOIN t ON t.depot_id = d.id WHERE t.total = (SELECT max(total) FROM t)
-- name: small_lots
SELECT sum(l.amount) / 7.0 FROM line l JOIN article a ON a.id = l.article_id WHERE a.grade = 'g9' AND a.class = 'class 19' AND l.pieces < (SELECT 0.2 * avg(l2.pieces) FROM line l2 WHERE l2.article_id = a.id)
-- name: large_purchases
SELECT c.id, p.id, sum(l.pieces) FROM client c JOIN purchase p ON p.client_id = c.id JOIN line l ON l.purchase_id = p.id WHERE p.id IN (SELECT purchase_id FROM line GROUP BY purchase_id HAVING sum(pieces) > 180) GROUP BY c.id, p.id ORDER BY 3 DESC LIMIT 100
-- name: by_hand
SELECT sum(l.amount) FROM line l JOIN article a ON a.id = l.article_id WHERE (a.class = 'class 1' AND a.grade = 'g1' AND l.pieces BETWEEN 1 AND 11) OR (a.class = 'class 2' AND a.grade = 'g2' AND l.pieces BETWEEN 10 AND 20)
-- name: overstock
SELECT d.name FROM depot d WHERE d.region_id = 6 AND d.id IN (SELECT s.depot_id FROM stock s WHERE s.pieces > (SELECT 40 * sum(l.pieces) FROM line l WHERE l.article_id = s.article_id AND l.depot_id = s.depot_id AND l.sent >= date '2022-01-01' AND l.sent < date '2023-01-01')) ORDER BY d.name
-- name: waiting_depots
SELECT d.name, count(*) FROM depot d JOIN line l ON l.depot_id = d.id JOIN purchase p ON p.id = l.purchase_id WHERE p.state = 'P' AND l.sent > l.due AND d.region_id = 8 GROUP BY d.name ORDER BY 2 DESC LIMIT 20
-- name: silent_clients
SELECT substr(phone, 2, 2), count(*), sum(balance) FROM client c WHERE balance > 8000 AND NOT EXISTS (SELECT 1 FROM purchase p WHERE p.client_id = c.id) GROUP BY 1 ORDER BY 1
