select concat('{"summits":',
  (select concat('{"totalCount":',
      (select count(*) from summit t1 where true),',"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),',"heldOn":',t1.c0,',"city":',json_quote(t1."city"),',"host":',t1.c1,',"participants":',t1.c2,',"outcomes":',t1.c3,'}'),',' order by t1."held_order",t1."key") as l0 from 
      (select t1.*,
        (select v from 
          (select concat('{"edtf":',json_quote(t2."edtf"),',"text":',json_quote(t2."text"),'}') as v from partial_date t2 where t2."edtf" = t1."held_on") v) as c0,coalesce(
          (select v from 
            (select concat('{"code":',json_quote(t2."key"),'}') as v from state t2 where t2."id" = t1."host_id") v),'null') as c1,
        (select concat('[',string_agg(v,',' order by o0),']') from 
          (select concat('{"official":',coalesce(
                (select v from 
                  (select concat('{"name":',json_quote(t3."name"),'}') as v from official t3 where t3."id" = t2."official_id") v),'null'),',"state":',coalesce(
                (select v from 
                  (select concat('{"code":',json_quote(t3."key"),'}') as v from state t3 where t3."id" = t2."state_id") v),'null'),',"attendance":',json_quote(t2."attendance"),',"note":',json_quote(t2."note"),'}') as v,t2."position" as o0 from participation t2 where t2."summit_id" = t1."id") v) as c2,
        (select concat('[',string_agg(v,',' order by o0,o1),']') from 
          (select concat('{"kind":',json_quote(t2."kind"),',"title":',json_quote(t2."title"),'}') as v,t2."start_order" as o0,t2."key" as o1 from event t2 where t2."summit_id" = t1."id") v) as c3 from 
        (select t1."city",t1."held_on",t1."held_order",t1."host_id",t1."id",t1."key" from summit t1 where true order by t1."held_order",t1."key" limit ?+0) t1 limit ?+0) t1) q1),'}'),
(select h.revision from head h)
