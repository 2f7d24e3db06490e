select concat('{"__typename":"Query","here":',coalesce(
    (select v from 
      (select concat('{"name":',json_quote(t1."name"),',"title":',json_quote(t1."name"),',"type":"State","aliases":',coalesce(cast(t1."aliases" as text),'null'),',"hostedSummits":',
          (select concat('{"nodes":',concat('[',q2.l0,']'),'}') from 
            (select string_agg(concat('{"slug":',json_quote(t2."key"),',"city":',json_quote(t2."city"),'}'),',' order by t2."held_order",t2."key") as l0 from 
              (select t2."city",t2."held_order",t2."key" from summit t2 where t2."host_id" = t1."id" order by t2."held_order",t2."key" limit ?+0) t2) q2),',"key":',json_quote('State:' || t1."key"),'}') as v from state t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
