with change as not materialized 
(select revision,commit_end,chain,op,type,key,document,at,null as actor,null as reason,sha256,textless_sha256 from every_change) select concat('{"organisation":',coalesce(
    (select v from 
      (select concat('{"history":',
          (select concat('{"totalCount":',
              (select count(*) from change t2 where t2."type" = 'Organisation' and t2."key" = t1."key"),',"nodes":',concat('[',q2.l0,']'),',"pageInfo":',concat('{"hasNextPage":',case when false or exists 
                (select 1 from change t2 where t2."type" = 'Organisation' and t2."key" = t1."key" limit 1 offset ?+0) then 'true' else 'false' end,'}'),'}') from 
            (select string_agg(concat('{"comparedWith":',json_quote(case when t2."op" = 'UPSERT' and t2."document" is null then 'ERASED' else coalesce(
                      (select case when p.op <> 'UPSERT' then 'NOTHING' when p.document is null then 'ERASED' else 'VERSION' end from change p where p.type = t2."type" and p.key = t2."key" and p.revision < t2."revision" order by p.revision desc limit 1),
                      (select case when h.dropped > h.begun then 'UNKNOWN' else 'NOTHING' end from head h)) end),',"change":',concat('{"revision":',json_quote(cast(t2."revision" as text)),',"position":',json_quote(substr(concat('00000000000000000000',t2."revision"),length(cast(t2."revision" as text))+1)),',"op":',json_quote(t2."op"),'}'),',"fields":',t2.c0,'}'),',' order by t2."revision" desc,t2."key") as l0 from 
              (select t2.*,
                (select concat('[',string_agg(v,',' order by o0),']') from 
                  (select concat('{"field":',json_quote(t3."field"),',"before":',json_quote(t3."before"),',"after":',json_quote(t3."after"),'}') as v,t3."field" as o0 from 
                    (select f.* from 
                      (select f.field, max(case when f.side = 'b' then f.value end) as before, max(case when f.side = 'a' then f.value end) as after from 
                        (select 'b' as side, j.key as field, case when j.key not in ('participantsComplete','telling','yearInferred') then cast(j.value as text) when cast(j.value as text) in ('1','true') then 'true' when cast(j.value as text) in ('0','false') then 'false' end as value from json_each(coalesce(
                              (select p.document from change p where p.type = t2."type" and p.key = t2."key" and p.revision < t2."revision" order by p.revision desc limit 1),'{}')) j where j.key not in ('id','key') union all select 'a' as side, j.key as field, case when j.key not in ('participantsComplete','telling','yearInferred') then cast(j.value as text) when cast(j.value as text) in ('1','true') then 'true' when cast(j.value as text) in ('0','false') then 'false' end as value from json_each(coalesce(t2."document",'{}')) j where j.key not in ('id','key')) f group by f.field having max(case when f.side = 'b' then f.value end) is distinct from max(case when f.side = 'a' then f.value end)) f where case when t2."op" = 'UPSERT' and t2."document" is null then 'ERASED' else coalesce(
                        (select case when p.op <> 'UPSERT' then 'NOTHING' when p.document is null then 'ERASED' else 'VERSION' end from change p where p.type = t2."type" and p.key = t2."key" and p.revision < t2."revision" order by p.revision desc limit 1),
                        (select case when h.dropped > h.begun then 'UNKNOWN' else 'NOTHING' end from head h)) end not in ('UNKNOWN','ERASED')) t3 where true) v) as c0 from 
                (select t2."document",t2."key",t2."op",t2."revision",t2."type", true as is_last from change t2 where t2."type" = 'Organisation' and t2."key" = t1."key" order by t2."revision" desc,t2."key" limit ?+0) t2 limit ?+0) t2) q2),'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
