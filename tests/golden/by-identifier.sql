select concat('{"identified":',case when exists 
  (select 1 from scheme s where s.key = ?) then coalesce(
    (select v from 
      (select case t1."type" when 'State' then 
        (select v from 
          (select concat('{"id":',json_quote('State:' || t2."key"),',"identifiers":',
              (select concat('[',string_agg(v,',' order by o0),']') from 
                (select concat('{"scheme":',json_quote(
                      (select s.key from scheme s where s.id = t3."scheme_id")),',"value":',json_quote(t3."value"),',"url":',json_quote(
                      (select f.url from 
                        (select replace(s.template, '{value}', t3."value") as url from scheme s where s.id = t3."scheme_id") f where f.url like 'http://%' or f.url like 'https://%')),'}') as v,t3."position" as o0 from identifier t3 where t3."record_id" = t2."id") v),'}') as v from state t2 where t2."id" = t1."id") v) else concat('{"id":',json_quote(t1."type" || ':' || t1."key"),'}') end as v from record t1 where t1."id" = 
        (select r.id from scheme s join identifier i on i.scheme_id = s.id join record r on r.id = i.record_id where s.key = ? and i.value = ? order by r.type, r.key limit 1)) v),'null') else concat('{"":"UNKNOWN_SCHEME","scheme":',json_quote(cast(? as text)),',"schemes":',
    (select concat('[',string_agg(json_quote(s.key),',' order by s.key),']') from scheme s),'}') end,',"none":',case when exists 
  (select 1 from scheme s where s.key = ?) then coalesce(
    (select v from 
      (select concat('{"id":',json_quote(t1."type" || ':' || t1."key"),'}') as v from record t1 where t1."id" = 
        (select r.id from scheme s join identifier i on i.scheme_id = s.id join record r on r.id = i.record_id where s.key = ? and i.value = ? order by r.type, r.key limit 1)) v),'null') else concat('{"":"UNKNOWN_SCHEME","scheme":',json_quote(cast(? as text)),',"schemes":',
    (select concat('[',string_agg(json_quote(s.key),',' order by s.key),']') from scheme s),'}') end,',"view":',(with record as not materialized 
    (select r.id, r.type, r.key, r.revision, r.known_from, exists 
      (select 1 from every_disagreement d where d.subject_id = r.id and d.kind = 'CONFLICT' and d.known_from <= ? and (d.known_to > ?)) as disputed from every_record r where r.known_from <= ?),article as not materialized 
    (select x.* from every_article x where x.known_from <= ? and x.dated_earliest <= coalesce(
        (select max(a.dated_earliest) from every_article a where a.dated_earliest > a.known_from and a.dated_earliest > ?), ?)),identifier as not materialized 
    (select x.* from every_identifier x where x.scheme_id in 
      (select s.id from scheme s where not s.telling)),about as not materialized 
    (select x.id, x.key, x.title, cast(null as text) as description, x.licence, x.contact, x.organisation_id, '[]' as offices from every_about x) select concat('{"identified":',case when exists 
      (select 1 from scheme s where s.key = ?) then coalesce(
        (select v from 
          (select concat('{"id":',json_quote(t1."type" || ':' || t1."key"),',"identifiers":',
              (select concat('[',string_agg(v,',' order by o0),']') from 
                (select concat('{"value":',json_quote(t2."value"),'}') as v,t2."position" as o0 from identifier t2 where t2."record_id" = t1."id") v),'}') as v from record t1 where t1."id" = 
            (select r.id from scheme s join identifier i on i.scheme_id = s.id join record r on r.id = i.record_id where s.key = ? and i.value = ? order by r.type, r.key limit 1)) v),'null') else concat('{"":"UNKNOWN_SCHEME","scheme":',json_quote(cast(? as text)),',"schemes":',
        (select concat('[',string_agg(json_quote(s.key),',' order by s.key),']') from scheme s),'}') end,',"about":',
      (select v from 
        (select concat('{"title":',json_quote(t1."title"),',"description":',json_quote(t1."description"),',"knownTo":',json_quote(
              (select max(a.known_from) from article a where a.known_from < 'infinity')),'}') as v from 
          (select a.id, a.key, a.title, a.description, a.licence, a.contact, a.organisation_id, a.offices from about a union all select 0, 'about', 'Knowledge base', null, null, null, null, '[]' where not exists 
            (select 1 from about a)) t1 where true) v),'}')),',"about":',
  (select v from 
    (select concat('{"title":',json_quote(t1."title"),',"knownTo":',json_quote(
          (select max(a.known_from) from article a where a.known_from < 'infinity')),',"organisation":',coalesce(
          (select v from 
            (select concat('{"slug":',json_quote(t2."key"),'}') as v from organisation t2 where t2."id" = t1."organisation_id") v),'null'),'}') as v from 
      (select a.id, a.key, a.title, a.description, a.licence, a.contact, a.organisation_id, a.offices from about a union all select 0, 'about', 'Knowledge base', null, null, null, null, '[]' where not exists 
        (select 1 from about a)) t1 where true) v),'}'),
(select h.revision from head h)
