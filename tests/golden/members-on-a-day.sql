select concat('{"organisation":',coalesce(
    (select v from 
      (select concat('{"name":',json_quote(t1."name"),',"members":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"state":',
                (select v from 
                  (select concat('{"code":',json_quote(t3."key"),',"name":',json_quote(t3."name"),'}') as v from state t3 where t3."id" = t2."state_id") v),',"status":',json_quote(t2."status"),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"disputed":',case 
                (select r.disputed from record r where r.id = t2."id") when true then 'true' when false then 'false' else 'null' end,'}') as v,t2."certainty" as o0,t2."state_name" as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."state_id", b."status" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."state_id", a."status", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from membership a where a."organisation_id" = t1."id" and a."status" in ('MEMBER') and a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ?) b) k join membership m on m.id = k.id where k.nth = 1) t2 where true) v),'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
