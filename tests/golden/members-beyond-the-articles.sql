select concat('{"organisation":',coalesce(
    (select v from 
      (select concat('{"members":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"state":',
                (select v from 
                  (select concat('{"code":',json_quote(t3."key"),'}') as v from state t3 where t3."id" = t2."state_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),',"membership":',concat('{"period":',concat('{"text":',json_quote(t2."period_text"),',"endKind":',json_quote(t2."end_kind"),',"attestedUntil":',json_quote(t2."attested_until"),',"certainFrom":',json_quote(case when t2."start_latest" <= t2."end_earliest" then nullif(nullif(t2."start_latest",'-infinity'),'infinity') end),',"certainTo":',json_quote(case when t2."start_latest" <= t2."end_earliest" then nullif(nullif(t2."end_earliest",'-infinity'),'infinity') end),',"possibleTo":',json_quote(nullif(nullif(t2."end_latest",'-infinity'),'infinity')),'}'),'}'),'}') as v,t2."certainty" as o0,
              (select n.name from state n where n.id = t2."state_id") as o1,t2."key" as o2 from 
              (select c.* from 
                (select b.*, row_number() over (partition by b."state_id", b."status" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a.*, case when a."start_latest" <= ? and a."end_earliest" >= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty, case when a."start_latest" <= ? and a."end_earliest" >= ? or not (a."start_earliest" <= ? and a."end_latest" >= ?) then null when ? < a."start_latest" then 'START' when a."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from membership a where a."organisation_id" = t1."id" and a."status" in ('MEMBER') and a."start_earliest" <= ? and a."end_latest" >= ?) b) c where c.nth = 1) t2 where true) v),'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
