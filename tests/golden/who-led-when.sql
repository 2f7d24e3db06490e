select concat('{"organisation":',coalesce(
    (select v from 
      (select concat('{"attested":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select c.* from 
                (select b.*, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as place from 
                  (select a.*, case when a."start_latest" <= ? and a."end_earliest" >= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty, case when a."start_latest" <= ? and a."end_earliest" >= ? or not (a."start_earliest" <= ? and a."end_latest" >= ?) then null when ? < a."start_latest" then 'START' when a."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ?) b) c where c.place = 1) t2 where true) v),',"later":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select c.* from 
                (select b.*, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as place from 
                  (select a.*, case when a."start_latest" <= ? and a."end_earliest" >= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty, case when a."start_latest" <= ? and a."end_earliest" >= ? or not (a."start_earliest" <= ? and a."end_latest" >= ?) then null when ? < a."start_latest" then 'START' when a."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ?) b) c where c.place = 1) t2 where true) v),',"between":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select c.* from 
                (select b.*, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as place from 
                  (select a.*, case when a."start_latest" <= ? and a."end_earliest" >= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty, case when a."start_latest" <= ? and a."end_earliest" >= ? or not (a."start_earliest" <= ? and a."end_latest" >= ?) then null when ? < a."start_latest" then 'START' when a."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ?) b) c where c.place = 1) t2 where true) v),',"vacant":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select c.* from 
                (select b.*, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as place from 
                  (select a.*, case when a."start_latest" <= ? and a."end_earliest" >= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty, case when a."start_latest" <= ? and a."end_earliest" >= ? or not (a."start_earliest" <= ? and a."end_latest" >= ?) then null when ? < a."start_latest" then 'START' when a."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ?) b) c where c.place = 1) t2 where true) v),',"filled":',
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select c.* from 
                (select b.*, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as place from 
                  (select a.*, case when a."start_latest" <= ? and a."end_earliest" >= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty, case when a."start_latest" <= ? and a."end_earliest" >= ? or not (a."start_earliest" <= ? and a."end_latest" >= ?) then null when ? < a."start_latest" then 'START' when a."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ?) b) c where c.place = 1) t2 where true) v),'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
