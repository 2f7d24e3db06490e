select concat('{"state":',coalesce(
    (select v from 
      (select concat('{"memberships":',
          (select concat('{"totalCount":',
              (select count(*) from membership t2 where t2."state_id" = t1."id"),',"nodes":',concat('[',q2.l0,']'),'}') from 
            (select string_agg(concat('{"organisation":',t2.c0,',"status":',json_quote(t2."status"),',"period":',concat('{"text":',json_quote(t2."period_text"),',"possibleFrom":',json_quote(nullif(nullif(case when t2."start_earliest" < t2."floor" then t2."floor" else t2."start_earliest" end,'-infinity'),'infinity')),',"certainFrom":',json_quote(case when case when t2."start_latest" < t2."floor" then t2."floor" else t2."start_latest" end <= t2."end_earliest" then nullif(nullif(case when t2."start_latest" < t2."floor" then t2."floor" else t2."start_latest" end,'-infinity'),'infinity') end),',"certainTo":',json_quote(case when case when t2."start_latest" < t2."floor" then t2."floor" else t2."start_latest" end <= t2."end_earliest" then nullif(nullif(t2."end_earliest",'-infinity'),'infinity') end),',"possibleTo":',json_quote(nullif(nullif(t2."end_latest",'-infinity'),'infinity')),'}'),',"in2003":',json_quote(case when t2."start_latest" <= ? and t2."end_earliest" >= ? and t2."floor" <= ? then 'CERTAIN' when t2."start_earliest" <= ? and t2."end_latest" >= ? and t2."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end),',"in2010":',json_quote(case when t2."start_latest" <= ? and t2."end_earliest" >= ? and t2."floor" <= ? then 'CERTAIN' when t2."start_earliest" <= ? and t2."end_latest" >= ? and t2."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end),',"in2012":',json_quote(case when t2."start_latest" <= ? and t2."end_earliest" >= ? and t2."floor" <= ? then 'CERTAIN' when t2."start_earliest" <= ? and t2."end_latest" >= ? and t2."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end),',"disputed":',case 
                  (select r.disputed from record r where r.id = t2."id") when true then 'true' when false then 'false' else 'null' end,'}'),',' order by t2."start_latest",t2."key") as l0 from 
              (select t2.*,
                (select v from 
                  (select concat('{"acronym":',json_quote(t3."acronym"),',"name":',json_quote(t3."name"),'}') as v from organisation t3 where t3."id" = t2."organisation_id") v) as c0 from 
                (select t2."end_earliest",t2."end_latest",t2."floor",t2."id",t2."key",t2."organisation_id",t2."period_text",t2."start_earliest",t2."start_latest",t2."status" from membership t2 where t2."state_id" = t1."id" order by t2."start_latest",t2."key" limit ?+0) t2 limit ?+0) t2) q2),',"then":',
          (select concat('{"edges":',concat('[',q2.l0,']'),'}') from 
            (select string_agg(concat('{"certainty":',json_quote(t2."certainty"),',"disputed":',case 
                  (select r.disputed from record r where r.id = t2."id") when true then 'true' when false then 'false' else 'null' end,',"node":',concat('{"key":',json_quote(t2."key"),'}'),'}'),',' order by t2."start_latest",t2."key") as l0 from 
              (select t2."id",t2."key",t2."start_latest", case when t2."start_latest" <= ? and t2."end_earliest" >= ? and t2."floor" <= ? then 'CERTAIN' when t2."start_earliest" <= ? and t2."end_latest" >= ? and t2."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from membership t2 where t2."state_id" = t1."id" and t2."start_earliest" <= ? and t2."end_latest" >= ? and t2."floor" <= ? order by t2."start_latest",t2."key" limit ?+0) t2) q2),'}') as v from state t1 where t1."key" = ?) v),'null'),',"organisation":',coalesce(
    (select v from 
      (select concat('{"founded":',coalesce(
            (select v from 
              (select concat('{"text":',json_quote(t2."text"),'}') as v from partial_date t2 where t2."edtf" = t1."founded") v),'null'),',"disputed":',case 
          (select r.disputed from record r where r.id = t1."id") when true then 'true' when false then 'false' else 'null' end,',"beforeFounded":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"state":',
                (select v from 
                  (select concat('{"code":',json_quote(t3."key"),'}') as v from state t3 where t3."id" = t2."state_id") v),',"certainty":',json_quote(t2."certainty"),',"disputed":',case 
                (select r.disputed from record r where r.id = t2."id") when true then 'true' when false then 'false' else 'null' end,'}') as v,t2."certainty" as o0,t2."state_name" as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."state_id", b."status" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."state_id", a."status", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from membership a where a."organisation_id" = t1."id" and a."status" in ('SUSPENDED') and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join membership m on m.id = k.id where k.nth = 1) t2 where true) v),',"members":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"state":',
                (select v from 
                  (select concat('{"code":',json_quote(t3."key"),'}') as v from state t3 where t3."id" = t2."state_id") v),',"status":',json_quote(t2."status"),',"certainty":',json_quote(t2."certainty"),',"disputed":',case 
                (select r.disputed from record r where r.id = t2."id") when true then 'true' when false then 'false' else 'null' end,'}') as v,t2."certainty" as o0,t2."state_name" as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."state_id", b."status" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."state_id", a."status", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from membership a where a."organisation_id" = t1."id" and a."status" in ('SUSPENDED','OBSERVER') and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join membership m on m.id = k.id where k.nth = 1) t2 where true) v),'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
