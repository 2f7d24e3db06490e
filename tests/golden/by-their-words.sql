select concat('{"phrase":',(with h1 as materialized (with b as materialized 
      (select s.record_id, s.term, max(s.score) as score, max(s.score * 4294967296 + s.id) as best, max(case when s.weight = 10 then s.score end) as named, max(s.weight) as weight from 
        (select p.record_id, j.column1 as term, p.id, p.weight, cast(round((0.001 - m.rank * f.factor) * p.weight * 10000) as bigint) as score from (values (0,cast(? as text)),(1,cast(? as text)),(2,cast(? as text)),(3,cast(? as text)),(4,cast(? as text)),(5,cast(? as text)),(6,cast(? as text)),(7,cast(? as text)),(8,cast(? as text)),(9,cast(? as text)),(10,cast(? as text)),(11,cast(? as text)),(12,cast(? as text)),(13,cast(? as text)),(14,cast(? as text)),(15,cast(? as text)),(16,cast(? as text)),(17,cast(? as text)),(18,cast(? as text)),(19,cast(? as text))) j, search_index(j.column2) m, passage p, rank_factor f where p.id = m.rowid) s group by s.record_id, s.term), n as materialized 
      (select b.record_id, b.term, b.named from b where b.named is not null), x as materialized 
      (select x.id, x.organisation_id as first,x.state_id as second,x.id as third from membership x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 5) and (x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n) or x.id in 
          (select n.record_id from n)) union all select x.id, x.official_id as first,x.organisation_id as second,x.state_id as third from term x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 4) and (x.official_id in 
          (select n.record_id from n) or x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n))), u as materialized 
      (select p.record_id from search_index(cast(? as text)) m, passage p where p.id = m.rowid) select r.*, h.rank, h.best, cast(? as text) as asked from 
      (select b.record_id, sum(b.score) as rank, max(b.best) as best from b where b.record_id not in 
        (select x.id from x) and b.record_id not in 
        (select u.record_id from u) group by b.record_id having count(*) = ? union all select s.record_id, sum(s.score) as rank, max(s.best) as best from 
        (select w.record_id, max(w.score) as score, max(w.best) as best from 
          (select b.record_id, b.term, b.score, b.best from b where b.record_id in 
            (select x.id from x) union all select s.id, n.term, n.named, 0 from 
            (select x.id, case v.column1 when 1 then x.first when 2 then x.second else x.third end as named from x, (values (1),(2),(3)) v) s join n on n.record_id = s.named) w group by w.record_id, w.term) s where s.record_id not in 
        (select u.record_id from u) group by s.record_id having count(*) = ?) h join record r on r.id = h.record_id) select concat('{"totalCount":',
      (select count(*) from h1 t1 where true),',"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(case t1."type" when 'Organisation' then 
        (select v from 
          (select concat('{"__typename":"Organisation","slug":',json_quote(t2."key"),'}') as v from organisation t2 where t2."id" = t1."id") v) else concat('{"__typename":',json_quote(t1."type"),'}') end,',' order by cast(t1."rank" + 100000000000 as text) desc,t1."type",t1."key") as l0 from 
      (select t1."id",t1."key",t1."rank",t1."type" from h1 t1 where true order by cast(t1."rank" + 100000000000 as text) desc,t1."type",t1."key" limit ?+0) t1) q1),',"words":',(with h1 as materialized (with b as materialized 
      (select s.record_id, s.term, max(s.score) as score, max(s.score * 4294967296 + s.id) as best, max(case when s.weight = 10 then s.score end) as named, max(s.weight) as weight from 
        (select p.record_id, j.column1 as term, p.id, p.weight, cast(round((0.001 - m.rank * f.factor) * p.weight * 10000) as bigint) as score from (values (0,cast(? as text)),(1,cast(? as text)),(2,cast(? as text)),(3,cast(? as text)),(4,cast(? as text)),(5,cast(? as text)),(6,cast(? as text)),(7,cast(? as text)),(8,cast(? as text)),(9,cast(? as text)),(10,cast(? as text)),(11,cast(? as text)),(12,cast(? as text)),(13,cast(? as text)),(14,cast(? as text)),(15,cast(? as text)),(16,cast(? as text)),(17,cast(? as text)),(18,cast(? as text)),(19,cast(? as text))) j, search_index(j.column2) m, passage p, rank_factor f where p.id = m.rowid) s group by s.record_id, s.term), n as materialized 
      (select b.record_id, b.term, b.named from b where b.named is not null), x as materialized 
      (select x.id, x.organisation_id as first,x.state_id as second,x.id as third from membership x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 5) and (x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n) or x.id in 
          (select n.record_id from n)) union all select x.id, x.official_id as first,x.organisation_id as second,x.state_id as third from term x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 4) and (x.official_id in 
          (select n.record_id from n) or x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n))), u as materialized 
      (select p.record_id from search_index(cast(? as text)) m, passage p where p.id = m.rowid) select r.*, h.rank, h.best, cast(? as text) as asked from 
      (select b.record_id, sum(b.score) as rank, max(b.best) as best from b where b.record_id not in 
        (select x.id from x) and b.record_id not in 
        (select u.record_id from u) group by b.record_id having count(*) = ? union all select s.record_id, sum(s.score) as rank, max(s.best) as best from 
        (select w.record_id, max(w.score) as score, max(w.best) as best from 
          (select b.record_id, b.term, b.score, b.best from b where b.record_id in 
            (select x.id from x) union all select s.id, n.term, n.named, 0 from 
            (select x.id, case v.column1 when 1 then x.first when 2 then x.second else x.third end as named from x, (values (1),(2),(3)) v) s join n on n.record_id = s.named) w group by w.record_id, w.term) s where s.record_id not in 
        (select u.record_id from u) group by s.record_id having count(*) = ?) h join record r on r.id = h.record_id) select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(case t1."type" when 'Official' then 
        (select v from 
          (select concat('{"name":',json_quote(t2."name"),'}') as v from official t2 where t2."id" = t1."id") v) else '{}' end,',' order by cast(t1."rank" + 100000000000 as text) desc,t1."type",t1."key") as l0 from 
      (select t1."id",t1."key",t1."rank",t1."type" from h1 t1 where t1."type" in ('Official') order by cast(t1."rank" + 100000000000 as text) desc,t1."type",t1."key" limit ?+0) t1) q1),',"beginning":',(with h1 as materialized (with b as materialized 
      (select s.record_id, s.term, max(s.score) as score, max(s.score * 4294967296 + s.id) as best, max(case when s.weight = 10 then s.score end) as named, max(s.weight) as weight from 
        (select p.record_id, j.column1 as term, p.id, p.weight, cast(round((0.001 - m.rank * f.factor) * p.weight * 10000) as bigint) as score from (values (0,cast(? as text)),(1,cast(? as text)),(2,cast(? as text)),(3,cast(? as text)),(4,cast(? as text)),(5,cast(? as text)),(6,cast(? as text)),(7,cast(? as text)),(8,cast(? as text)),(9,cast(? as text)),(10,cast(? as text)),(11,cast(? as text)),(12,cast(? as text)),(13,cast(? as text)),(14,cast(? as text)),(15,cast(? as text)),(16,cast(? as text)),(17,cast(? as text)),(18,cast(? as text)),(19,cast(? as text))) j, search_index(j.column2) m, passage p, rank_factor f where p.id = m.rowid) s group by s.record_id, s.term), n as materialized 
      (select b.record_id, b.term, b.named from b where b.named is not null), x as materialized 
      (select x.id, x.organisation_id as first,x.state_id as second,x.id as third from membership x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 5) and (x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n) or x.id in 
          (select n.record_id from n)) union all select x.id, x.official_id as first,x.organisation_id as second,x.state_id as third from term x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 4) and (x.official_id in 
          (select n.record_id from n) or x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n))), u as materialized 
      (select p.record_id from search_index(cast(? as text)) m, passage p where p.id = m.rowid) select r.*, h.rank, h.best, cast(? as text) as asked from 
      (select b.record_id, sum(b.score) as rank, max(b.best) as best from b where b.record_id not in 
        (select x.id from x) and b.record_id not in 
        (select u.record_id from u) group by b.record_id having count(*) = ? union all select s.record_id, sum(s.score) as rank, max(s.best) as best from 
        (select w.record_id, max(w.score) as score, max(w.best) as best from 
          (select b.record_id, b.term, b.score, b.best from b where b.record_id in 
            (select x.id from x) union all select s.id, n.term, n.named, 0 from 
            (select x.id, case v.column1 when 1 then x.first when 2 then x.second else x.third end as named from x, (values (1),(2),(3)) v) s join n on n.record_id = s.named) w group by w.record_id, w.term) s where s.record_id not in 
        (select u.record_id from u) group by s.record_id having count(*) = ?) h join record r on r.id = h.record_id) select concat('{"totalCount":',
      (select count(*) from h1 t1 where t1."type" in ('State','Summit')),',"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(case t1."type" when 'State' then 
        (select v from 
          (select concat('{"code":',json_quote(t2."key"),'}') as v from state t2 where t2."id" = t1."id") v) else '{}' end,',' order by cast(t1."rank" + 100000000000 as text) desc,t1."type",t1."key") as l0 from 
      (select t1."id",t1."key",t1."rank",t1."type" from h1 t1 where t1."type" in ('State','Summit') order by cast(t1."rank" + 100000000000 as text) desc,t1."type",t1."key" limit ?+0) t1) q1),',"nothing":',(with h1 as materialized (with b as materialized 
      (select s.record_id, s.term, max(s.score) as score, max(s.score * 4294967296 + s.id) as best, max(case when s.weight = 10 then s.score end) as named, max(s.weight) as weight from 
        (select p.record_id, j.column1 as term, p.id, p.weight, cast(round((0.001 - m.rank * f.factor) * p.weight * 10000) as bigint) as score from (values (0,cast(? as text)),(1,cast(? as text)),(2,cast(? as text)),(3,cast(? as text)),(4,cast(? as text)),(5,cast(? as text)),(6,cast(? as text)),(7,cast(? as text)),(8,cast(? as text)),(9,cast(? as text)),(10,cast(? as text)),(11,cast(? as text)),(12,cast(? as text)),(13,cast(? as text)),(14,cast(? as text)),(15,cast(? as text)),(16,cast(? as text)),(17,cast(? as text)),(18,cast(? as text)),(19,cast(? as text))) j, search_index(j.column2) m, passage p, rank_factor f where p.id = m.rowid) s group by s.record_id, s.term), n as materialized 
      (select b.record_id, b.term, b.named from b where b.named is not null), x as materialized 
      (select x.id, x.organisation_id as first,x.state_id as second,x.id as third from membership x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 5) and (x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n) or x.id in 
          (select n.record_id from n)) union all select x.id, x.official_id as first,x.organisation_id as second,x.state_id as third from term x where ? > 1 and x.id in 
        (select b.record_id from b where b.weight = 4) and (x.official_id in 
          (select n.record_id from n) or x.organisation_id in 
          (select n.record_id from n) or x.state_id in 
          (select n.record_id from n))), u as materialized 
      (select p.record_id from search_index(cast(? as text)) m, passage p where p.id = m.rowid) select r.*, h.rank, h.best, cast(? as text) as asked from 
      (select b.record_id, sum(b.score) as rank, max(b.best) as best from b where b.record_id not in 
        (select x.id from x) and b.record_id not in 
        (select u.record_id from u) group by b.record_id having count(*) = ? union all select s.record_id, sum(s.score) as rank, max(s.best) as best from 
        (select w.record_id, max(w.score) as score, max(w.best) as best from 
          (select b.record_id, b.term, b.score, b.best from b where b.record_id in 
            (select x.id from x) union all select s.id, n.term, n.named, 0 from 
            (select x.id, case v.column1 when 1 then x.first when 2 then x.second else x.third end as named from x, (values (1),(2),(3)) v) s join n on n.record_id = s.named) w group by w.record_id, w.term) s where s.record_id not in 
        (select u.record_id from u) group by s.record_id having count(*) = ?) h join record r on r.id = h.record_id) select concat('{"totalCount":',
      (select count(*) from h1 t1 where true),',"pageInfo":',concat('{"hasNextPage":',case when false or exists 
        (select 1 from h1 t1 where true limit 1 offset ?+0) then 'true' else 'false' end,',"endCursor":',json_quote(q1.l0),'}'),'}') from 
    (select max(case when t1.c0 = 1 then lower(hex(concat('["record,rank-,type,key",',json_quote(
                (select cast(h.revision as text) from head h)),',',json_quote(cast(t1."rank" + 100000000000 as text)),',',json_quote(t1."type"),',',json_quote(t1."key"),']'))) end) as l0 from 
      (select t1.*,row_number() over (order by cast(t1."rank" + 100000000000 as text),t1."type" desc,t1."key" desc) as c0 from 
        (select t1."key",t1."rank",t1."type" from h1 t1 where true order by cast(t1."rank" + 100000000000 as text) desc,t1."type",t1."key" limit ?+0) t1 limit ?+0) t1) q1),'}'),
(select h.revision from head h),'','','',''
