select concat('{"view":',(with record as not materialized 
    (select r.id, r.type, r.key, r.revision, r.known_from, exists 
      (select 1 from every_disagreement d where d.subject_id = r.id and d.kind = 'CONFLICT' and d.known_from <= ? and (d.known_to > ?)) as disputed from every_record r where r.known_from <= ?),organisation as not materialized 
    (select v.* from organisation_version v where v.known_from <= ? and (v.known_to > ?)),official as not materialized 
    (select v.* from official_version v where v.known_from <= ? and (v.known_to > ?)),term as not materialized 
    (select v.* from term_version v where v.known_from <= ? and (v.known_to > ?)),summit as not materialized 
    (select v.* from summit_version v where v.known_from <= ? and (v.known_to > ?)),event as not materialized 
    (select v.* from event_version v where v.known_from <= ? and (v.known_to > ?)),article as not materialized 
    (select x.* from every_article x where x.known_from <= ? and x.dated_earliest <= coalesce(
        (select max(a.dated_earliest) from every_article a where a.dated_earliest > a.known_from and a.dated_earliest > ?), ?)),mention as not materialized 
    (select x.article_id, x.subject_id, x.count, x.known_from, 'infinity' as known_to from every_mention x where x.known_from <= ? and (x.known_to > ?) and 
      (select r.known_from from every_record r where r.id = x.subject_id) <= ?),event_organisation as not materialized 
    (select x.event_id,x.organisation_id,x.position,x.organisation_from from every_event_organisation x where x.organisation_from <= ? and 
      (select r.known_from from every_record r where r.id = x.organisation_id) <= ?),disagreement as not materialized 
    (select x.id, x.key, x.subject_id, x.field, x.kind, x.recorded, x.known_from, 'infinity' as known_to from every_disagreement x where x.known_from <= ? and (x.known_to > ?)) select concat('{"csto":',coalesce(
        (select v from 
          (select concat('{"founded":',case when t1."founded" is not null then concat('{"edtf":',json_quote(t1."founded"),'}') else 'null' end,',"predecessor":',coalesce(
                (select v from 
                  (select concat('{"slug":',json_quote(t2."key"),'}') as v from organisation t2 where t2."id" = t1."predecessor_id") v),'null'),',"holders":',case when exists 
              (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" and a."office_key" = ? union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and e."office_key" = ? and exists 
                (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) then 
              (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
                (select concat('{"official":',
                    (select v from 
                      (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),',"certainty":',json_quote(t2."certainty"),',"because":',json_quote(case t2."doubt" when 'START' then t2."start_doubt" when 'END' then t2."end_doubt" when 'NOT_ATTESTED' then t2."end_doubt" end),'}') as v,t2."certainty" as o0,
                  (select n.name from official n where n.id = t2."official_id") as o1,t2."key" as o2 from 
                  (select m.*, k.certainty, case when m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ? or not (m."start_earliest" <= ? and m."end_latest" >= ? and m."floor" <= ?) then null when ? < m."start_latest" then 'START' when m."end_kind" = 'ONGOING' then 'NOT_ATTESTED' else 'END' end as doubt from 
                    (select b.id, b.certainty, row_number() over (partition by b."official_id" order by b.certainty, b.start_earliest desc, b.key) as nth from 
                      (select a."id", a."official_id", a."start_earliest", a."key", case when a."start_latest" <= ? and a."end_earliest" >= ? and a."floor" <= ? then 'CERTAIN' when a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ? then 'POSSIBLE' else 'RULED_OUT' end as certainty from term a where a."organisation_id" = t1."id" and a."office_key" = ? and a."start_earliest" <= ? and a."end_latest" >= ? and a."floor" <= ?) b) k join term m on m.id = k.id where k.nth = 1) t2 where true) v) else concat('{"":"UNKNOWN_OFFICE","office":',json_quote(cast(? as text)),',"of":',json_quote(t1."key"),',"offices":',
                (select concat('[',string_agg(json_quote(n.office),',' order by n.office_key),']') from 
                  (select * from 
                    (select o.office_key, o.office, o.organisation_id, o.state_id from 
                      (select c.*, row_number() over (partition by c.office_key order by c.carrier, c.key) as nth from 
                        (select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key from term a where a."organisation_id" = t1."id" union all select e.office_key, e.office, t1."id", cast(null as integer), 1, e.key from event e where e.kind = 'VACANCY' and e.office is not null and exists 
                          (select 1 from event_organisation l where l.event_id = e."id" and l.organisation_id = t1."id")) c) o where o.nth = 1) d order by office_key limit 11) n),'}') end,',"summits":',
              (select concat('{"totalCount":',
                  (select count(*) from summit t2 where t2."organisation_id" = t1."id"),'}')),',"disagreements":',
              (select concat('[',string_agg(v,',' order by o0),']') from 
                (select concat('{"field":',json_quote(t2."field"),'}') as v,t2."key" as o0 from disagreement t2 where t2."subject_id" = t1."id" and t2."known_to" = 'infinity') v),'}') as v from organisation t1 where t1."key" = ?) v),'null'),',"cst":',coalesce(
        (select v from 
          (select concat('{"slug":',json_quote(t1."key"),'}') as v from organisation t1 where t1."key" = ?) v),'null'),',"articles":',
      (select concat('{"totalCount":',
          (select count(*) from article t1 where true),',"nodes":',concat('[',q1.l0,']'),'}') from 
        (select string_agg(concat('{"knownFrom":',json_quote(t1."known_from"),',"mentions":',t1.c0,'}'),',' order by t1."dated_earliest" desc,t1."key") as l0 from 
          (select t1.*,
            (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
              (select concat('{"subject":',
                  (select v from 
                    (select concat('{"id":',json_quote(t3."type" || ':' || t3."key"),'}') as v from record t3 where t3."id" = t2."subject_id") v),'}') as v,-t2."count" as o0,
                (select r.type from record r where r.id = t2."subject_id") as o1,
                (select r.key from record r where r.id = t2."subject_id") as o2 from mention t2 where t2."article_id" = t1."id" and t2."known_to" = 'infinity' and 
                (select r.type from record r where r.id = t2."subject_id") in ('Official')) v) as c0 from 
            (select t1."dated_earliest",t1."id",t1."key",t1."known_from" from article t1 where true order by t1."dated_earliest" desc,t1."key" limit ?+0) t1 limit ?+0) t1) q1),',"earlier":',(with term as not materialized 
        (select v.* from term_version v where v.known_from <= ? and v.known_from <= ? and (v.known_to > ? or v.known_to > ?)) select concat('{"terms":',
          (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
            (select string_agg(concat('{"key":',json_quote(t1."key"),',"period":',concat('{"text":',json_quote(t1."period_text"),',"endKind":',json_quote(t1."end_kind"),',"attestedUntil":',json_quote(t1."attested_until"),'}'),'}'),',' order by t1."start_latest",t1."key") as l0 from 
              (select t1."attested_until",t1."end_kind",t1."key",t1."period_text",t1."start_latest" from term t1 where true order by t1."start_latest",t1."key" limit ?+0) t1) q1),'}')),',"revision":',json_quote(
        (select cast(h.revision as text) from head h)),'}')),',"now":',coalesce(
    (select v from 
      (select concat('{"founded":',case when t1."founded" is not null then concat('{"edtf":',json_quote(t1."founded"),'}') else 'null' end,'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
