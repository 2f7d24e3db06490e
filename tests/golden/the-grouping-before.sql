select concat('{"organisation":',coalesce(
    (select v from 
      (select concat('{"founded":',coalesce(
            (select v from 
              (select concat('{"edtf":',json_quote(t2."edtf"),',"text":',json_quote(t2."text"),',"precision":',json_quote(t2."precision"),'}') as v from partial_date t2 where t2."edtf" = t1."founded") v),'null'),',"predecessor":',coalesce(
            (select v from 
              (select concat('{"slug":',json_quote(t2."key"),',"name":',json_quote(t2."name"),',"founded":',coalesce(
                    (select v from 
                      (select concat('{"text":',json_quote(t3."text"),'}') as v from partial_date t3 where t3."edtf" = t2."founded") v),'null'),',"successors":',
                  (select concat('[',string_agg(v,',' order by o0),']') from 
                    (select concat('{"slug":',json_quote(t3."key"),'}') as v,t3."key" as o0 from 
                      (select x.* from organisation x where x.predecessor_id = t2."id" union all select x.* from organisation x join organisation_predecessor l on l.organisation_id = x.id where l.predecessor_id = t2."id" and (x.predecessor_id is null or x.predecessor_id <> t2."id")) t3 where true) v),',"members":',
                  (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
                    (select concat('{"state":',
                        (select v from 
                          (select concat('{"name":',json_quote(t4."name"),'}') as v from state t4 where t4."id" = t3."state_id") v),',"certainty":',json_quote(t3."certainty"),'}') as v,t3."certainty" as o0,t3."state_name" as o1,t3."key" as o2 from 
                      (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                        (select b.id, b.certainty, row_number() over (partition by b."state_id", b."status" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                          (select a."id", a."state_id", a."status", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from membership a where a."organisation_id" = t2."id" and a."status" in ('MEMBER') and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join membership m on m.id = k.id where k.nth = 1) t3 where true) v),'}') as v from organisation t2 where t2."id" = t1."predecessor_id") v),'null'),'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
