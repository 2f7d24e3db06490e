select concat('{"organisation":',coalesce(
    (select v from 
      (select concat('{"attested":',case when exists 
          (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" and a."office_key" = ? union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and e."office_key" = ? and exists 
            (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) then 
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."official_id", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join term m on m.id = k.id where k.nth = 1) t2 where true) v) else concat('{"":"UNKNOWN_OFFICE","office":',json_quote(cast(? as text)),',"of":',json_quote(t1."key"),',"offices":',
            (select concat('[',string_agg(json_quote(n.office),',' order by n.office_key),']') from 
              (select * from 
                (select o.office_key, o.office, o.organisation_id, o.state_id from 
                  (select c.*, row_number() over (partition by c.office_key order by c.carrier, c.key) as nth from 
                    (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and exists 
                      (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) c) o where o.nth = 1) d order by office_key limit 11) n),'}') end,',"later":',case when exists 
          (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" and a."office_key" = ? union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and e."office_key" = ? and exists 
            (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) then 
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."official_id", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join term m on m.id = k.id where k.nth = 1) t2 where true) v) else concat('{"":"UNKNOWN_OFFICE","office":',json_quote(cast(? as text)),',"of":',json_quote(t1."key"),',"offices":',
            (select concat('[',string_agg(json_quote(n.office),',' order by n.office_key),']') from 
              (select * from 
                (select o.office_key, o.office, o.organisation_id, o.state_id from 
                  (select c.*, row_number() over (partition by c.office_key order by c.carrier, c.key) as nth from 
                    (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and exists 
                      (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) c) o where o.nth = 1) d order by office_key limit 11) n),'}') end,',"between":',case when exists 
          (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" and a."office_key" = ? union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and e."office_key" = ? and exists 
            (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) then 
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."official_id", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join term m on m.id = k.id where k.nth = 1) t2 where true) v) else concat('{"":"UNKNOWN_OFFICE","office":',json_quote(cast(? as text)),',"of":',json_quote(t1."key"),',"offices":',
            (select concat('[',string_agg(json_quote(n.office),',' order by n.office_key),']') from 
              (select * from 
                (select o.office_key, o.office, o.organisation_id, o.state_id from 
                  (select c.*, row_number() over (partition by c.office_key order by c.carrier, c.key) as nth from 
                    (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and exists 
                      (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) c) o where o.nth = 1) d order by office_key limit 11) n),'}') end,',"vacant":',case when exists 
          (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" and a."office_key" = ? union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and e."office_key" = ? and exists 
            (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) then 
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."official_id", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join term m on m.id = k.id where k.nth = 1) t2 where true) v) else concat('{"":"UNKNOWN_OFFICE","office":',json_quote(cast(? as text)),',"of":',json_quote(t1."key"),',"offices":',
            (select concat('[',string_agg(json_quote(n.office),',' order by n.office_key),']') from 
              (select * from 
                (select o.office_key, o.office, o.organisation_id, o.state_id from 
                  (select c.*, row_number() over (partition by c.office_key order by c.carrier, c.key) as nth from 
                    (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and exists 
                      (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) c) o where o.nth = 1) d order by office_key limit 11) n),'}') end,',"filled":',case when exists 
          (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" and a."office_key" = ? union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and e."office_key" = ? and exists 
            (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) then 
          (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
            (select concat('{"official":',
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"doubt":',json_quote(t2."doubt"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
              (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
              (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                (select b.id, b.certainty, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                  (select a."id", a."official_id", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join term m on m.id = k.id where k.nth = 1) t2 where true) v) else concat('{"":"UNKNOWN_OFFICE","office":',json_quote(cast(? as text)),',"of":',json_quote(t1."key"),',"offices":',
            (select concat('[',string_agg(json_quote(n.office),',' order by n.office_key),']') from 
              (select * from 
                (select o.office_key, o.office, o.organisation_id, o.state_id from 
                  (select c.*, row_number() over (partition by c.office_key order by c.carrier, c.key) as nth from 
                    (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and exists 
                      (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) c) o where o.nth = 1) d order by office_key limit 11) n),'}') end,'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
