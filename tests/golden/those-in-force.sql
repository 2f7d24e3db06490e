select concat('{"memberships":',
  (select concat('{"totalCount":',
      (select count(*) from membership t1 where true and t1."start_earliest" <= ? and t1."end_latest" >= ? and t1."floor" <= ?),',"edges":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"certainty":',json_quote(t1."certainty"),',"node":',concat('{"key":',json_quote(t1."key"),'}'),'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1."key",t1."start_latest", case when t1."start_latest" <= ? and t1."end_earliest" >= ? and t1."floor" <= ? then 'CERTAIN' when t1."start_earliest" <= ? and t1."end_latest" >= ? and t1."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from membership t1 where true and t1."start_earliest" <= ? and t1."end_latest" >= ? and t1."floor" <= ? order by t1."start_latest",t1."key" limit ?+0) t1) q1),',"certain":',
  (select concat('{"edges":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"certainty":',json_quote(t1."certainty"),',"node":',concat('{"key":',json_quote(t1."key"),',"official":',t1.c0,'}'),'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1.*,
        (select v from 
          (select concat('{"name":',json_quote(t2."name"),'}') as v from official t2 where t2."id" = t1."official_id") v) as c0 from 
        (select t1."key",t1."official_id",t1."start_latest", case when t1."start_latest" <= ? and t1."end_earliest" >= ? and t1."floor" <= ? then 'CERTAIN' when t1."start_earliest" <= ? and t1."end_latest" >= ? and t1."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from term t1 where true and t1."start_latest" <= ? and t1."end_earliest" >= ? and t1."floor" <= ? order by t1."start_latest",t1."key" limit ?+0) t1 limit ?+0) t1) q1),',"all":',
  (select concat('{"edges":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"certainty":',json_quote(cast(null as text)),'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1."key",t1."start_latest" from term t1 where true order by t1."start_latest",t1."key" limit ?+0) t1) q1),'}'),
(select h.revision from head h)
