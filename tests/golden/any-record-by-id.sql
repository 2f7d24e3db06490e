select concat('{"nodes":',
  (select concat('[',string_agg(v,',' order by o0),']') from 
    (select case when t1."id" is null then 'null' else case t1."type" when 'Publication' then 
      (select v from 
        (select concat('{"__typename":"Publication","id":',json_quote('Publication:' || t2."key"),',"all":',
            (select concat('{"totalCount":',
                (select count(*) from article t3 where t3."publication_id" = t2."id"),'}')),'}') as v from publication t2 where t2."id" = t1."id") v) when 'Membership' then 
      (select v from 
        (select concat('{"__typename":"Membership","id":',json_quote('Membership:' || t2."key"),',"articles":',t1.c0,'}') as v from membership t2 where t2."id" = t1."id") v) when 'Organisation' then 
      (select v from 
        (select concat('{"__typename":"Organisation","id":',json_quote('Organisation:' || t2."key"),',"articles":',t1.c0,'}') as v from organisation t2 where t2."id" = t1."id") v) when 'State' then 
      (select v from 
        (select concat('{"__typename":"State","id":',json_quote('State:' || t2."key"),',"code":',json_quote(t2."key"),',"articles":',t1.c0,'}') as v from state t2 where t2."id" = t1."id") v) when 'Official' then 
      (select v from 
        (select concat('{"__typename":"Official","id":',json_quote('Official:' || t2."key"),',"articles":',t1.c0,'}') as v from official t2 where t2."id" = t1."id") v) when 'Summit' then 
      (select v from 
        (select concat('{"__typename":"Summit","id":',json_quote('Summit:' || t2."key"),',"articles":',t1.c0,',"name":',json_quote(t2."name"),'}') as v from summit t2 where t2."id" = t1."id") v) when 'Event' then 
      (select v from 
        (select concat('{"__typename":"Event","id":',json_quote('Event:' || t2."key"),',"articles":',t1.c0,'}') as v from event t2 where t2."id" = t1."id") v) when 'Term' then 
      (select v from 
        (select concat('{"__typename":"Term","id":',json_quote('Term:' || t2."key"),',"articles":',t1.c0,'}') as v from term t2 where t2."id" = t1."id") v) else concat('{"__typename":',json_quote(t1."type"),',"id":',json_quote(t1."type" || ':' || t1."key"),'}') end end as v,t1."place" as o0 from 
      (select t1.*,
        (select concat('{"totalCount":',
            (select count(*) from article t2 where t2."id" in 
              (select c.article_id from citation c where c.subject_id = t1."id")),',"nodes":',concat('[',q2.l0,']'),'}') from 
          (select string_agg(concat('{"headline":',json_quote(t2."headline"),'}'),',' order by t2."dated_earliest" desc,t2."key") as l0 from 
            (select t2."dated_earliest",t2."headline",t2."key" from article t2 where t2."id" in 
              (select c.article_id from citation c where c.subject_id = t1."id") order by t2."dated_earliest" desc,t2."key" limit ?+0) t2) q2) as c0 from 
        (select r.*, j.column1 as place from (values (0,'',''),(1,?,?),(2,?,?),(3,?,?),(4,?,?),(5,?,?)) j left join record r on r.type = j.column2 and r.key = j.column3 where j.column1 > 0) t1 where true limit 2147483647) t1 limit 2147483647) v),',"one":',coalesce(
    (select v from 
      (select case t1."type" when 'Citation' then 
        (select v from 
          (select concat('{"field":',json_quote(t2."field"),',"value":',json_quote(t2."value"),',"subject":',
              (select v from 
                (select case t3."type" when 'Organisation' then 
                  (select v from 
                    (select concat('{"__typename":"Organisation","acronym":',json_quote(t4."acronym"),'}') as v from organisation t4 where t4."id" = t3."id") v) else concat('{"__typename":',json_quote(t3."type"),'}') end as v from record t3 where t3."id" = t2."subject_id") v),'}') as v from citation t2 where t2."id" = t1."id") v) else '{}' end as v from record t1 where t1."type" = ? and t1."key" = ?) v),'null'),',"none":',coalesce(
    (select v from 
      (select concat('{"id":',json_quote(t1."type" || ':' || t1."key"),'}') as v from record t1 where t1."type" = ? and t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
