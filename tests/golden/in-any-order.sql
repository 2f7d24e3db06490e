select concat('{"byEnd":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),',"pageInfo":',concat('{"endCursor":',json_quote(q1.l1),'}'),'}') from 
    (select string_agg(concat('{"key":',json_quote(t1."key"),'}'),',' order by t1."end_order" desc,t1."state_name" desc,t1."key") as l0,max(case when t1.c0 = 1 then lower(hex(concat('["membership,end-,state-,key",',json_quote(t1."end_order"),',',json_quote(t1."state_name"),',',json_quote(t1."key"),']'))) end) as l1 from 
      (select t1.*,row_number() over (order by t1."end_order",t1."state_name",t1."key" desc) as c0 from 
        (select t1."end_order",t1."key",t1."state_name" from membership t1 where true and t1."organisation_id" in 
          (select k.id from organisation k where k.key = ?) order by t1."end_order" desc,t1."state_name" desc,t1."key" limit ?+0) t1 limit ?+0) t1) q1),',"founded":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),',"founded":',t1.c0,'}'),',' order by t1."founded_earliest" desc,t1."key") as l0 from 
      (select t1.*,case when t1."founded" is not null then concat('{"edtf":',json_quote(t1."founded"),'}') else 'null' end as c0 from 
        (select t1."founded",t1."founded_earliest",t1."key" from organisation t1 where true order by t1."founded_earliest" desc,t1."key" limit ?+0) t1 limit ?+0) t1) q1),',"foundedFirst":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),'}'),',' order by t1."founded_order",t1."key") as l0 from 
      (select t1."founded_order",t1."key" from organisation t1 where true order by t1."founded_order",t1."key" limit ?+0) t1) q1),',"cities":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"city":',json_quote(t1."city"),'}'),',' order by t1."city_falling" desc,t1."key") as l0 from 
      (select t1."city",t1."city_falling",t1."key" from summit t1 where true order by t1."city_falling" desc,t1."key" limit ?+0) t1) q1),',"headlines":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"headline":',json_quote(t1."headline"),'}'),',' order by t1."headline",t1."key") as l0 from 
      (select t1."headline",t1."key" from article t1 where true order by t1."headline" desc,t1."key" desc limit ?+0) t1) q1),'}'),
(select h.revision from head h)
