select concat('{"conflicts":',
  (select concat('{"totalCount":',
      (select count(*) from disagreement t1 where t1."known_to" = 'infinity' and t1."kind" in ('CONFLICT')),',"nodes":',concat('[',q1.l0,']'),',"pageInfo":',concat('{"hasNextPage":',case when false or exists 
        (select 1 from disagreement t1 where t1."known_to" = 'infinity' and t1."kind" in ('CONFLICT') limit 1 offset ?+0) then 'true' else 'false' end,'}'),'}') from 
    (select string_agg(concat('{"subject":',t1.c0,',"field":',json_quote(t1."field"),',"recorded":',json_quote(t1."recorded"),',"values":',t1.c1,'}'),',' order by t1."key") as l0 from 
      (select t1.*,
        (select v from 
          (select concat('{"id":',json_quote(t2."type" || ':' || t2."key"),'}') as v from record t2 where t2."id" = t1."subject_id") v) as c0,
        (select concat('[',string_agg(v,',' order by o0),']') from 
          (select concat('{"value":',json_quote(t2."value"),',"citations":',
              (select concat('[',string_agg(v,',' order by o0),']') from 
                (select concat('{"article":',
                    (select v from 
                      (select concat('{"issueNumber":',coalesce(cast(t4."issue_number" as text),'null'),'}') as v from article t4 where t4."id" = t3."article_id") v),'}') as v,t3."key" as o0 from citation t3 where t3."id" in 
                  (select l.citation_id from assertion_citation l where l.disagreement_id = t2."disagreement_id" and l.position = t2."position")) v),'}') as v,t2."position" as o0 from assertion t2 where t2."disagreement_id" = t1."id") v) as c1 from 
        (select t1."field",t1."id",t1."key",t1."recorded",t1."subject_id" from disagreement t1 where t1."known_to" = 'infinity' and t1."kind" in ('CONFLICT') order by t1."key" limit ?+0) t1 limit ?+0) t1) q1),',"organisation":',coalesce(
    (select v from 
      (select concat('{"disagreements":',
          (select concat('[',string_agg(v,',' order by o0),']') from 
            (select concat('{"field":',json_quote(t2."field"),',"kind":',json_quote(t2."kind"),',"recorded":',json_quote(t2."recorded"),',"values":',
                (select concat('[',string_agg(v,',' order by o0),']') from 
                  (select concat('{"value":',json_quote(t3."value"),',"text":',json_quote(t3."text"),'}') as v,t3."position" as o0 from assertion t3 where t3."disagreement_id" = t2."id") v),'}') as v,t2."key" as o0 from disagreement t2 where t2."subject_id" = t1."id" and t2."known_to" = 'infinity') v),'}') as v from organisation t1 where t1."key" = ?) v),'null'),',"memberships":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"key":',json_quote(t1."key"),',"disagreements":',t1.c0,'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1.*,
        (select concat('[',string_agg(v,',' order by o0),']') from 
          (select concat('{"field":',json_quote(t2."field"),',"kind":',json_quote(t2."kind"),'}') as v,t2."key" as o0 from disagreement t2 where t2."subject_id" = t1."id" and t2."known_to" = 'infinity') v) as c0 from 
        (select t1."id",t1."key",t1."start_latest" from membership t1 where true and t1."id" in 
          (select d.subject_id from disagreement d where d.kind = 'CONFLICT' and d."known_to" = 'infinity') order by t1."start_latest",t1."key" limit ?+0) t1 limit ?+0) t1) q1),'}'),
(select h.revision from head h)
