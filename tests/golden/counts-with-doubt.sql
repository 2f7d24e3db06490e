select concat('{"summits":',
  (select concat('{"totalCount":',
      (select count(*) from summit t1 where true),',"count":',
      (select v from 
        (select concat('{"certain":',coalesce(cast(t2."certain" as text),'null'),',"possible":',coalesce(cast(t2."possible" as text),'null'),'}') as v from 
          (select count(*) as possible,count(*) as certain from 
            (select 1 from summit t1 where true) r) t2 where true) v),',"groups":',
      (select concat('[',string_agg(v,',' order by o0),']') from 
        (select concat('{"year":',coalesce(cast(t2."year" as text),'null'),',"kind":',json_quote(t2."kind"),',"count":',concat('{"certain":',coalesce(cast(t2."certain" as text),'null'),',"possible":',coalesce(cast(t2."possible" as text),'null'),'}'),'}') as v,t2."nth" as o0 from 
          (select g.*,row_number() over (order by g.possible desc,case when g."year" is null then 1 else 0 end,g."year",case when g."kind" is null then 1 else 0 end,g."kind") as nth from (with recursive year_span as 
              (select r."kind",case when r.a0 > r.z1 then 'none' else substr(r.a0,1,4) end as possibly_from,case when r.a0 > r.z1 then 'none' else substr(r.z1,1,4) end as possibly_to,case when r.a0 > r.z1 then 'none' when r.a1 < r.z1 then substr(r.a1,1,4) else substr(r.z1,1,4) end as surely_from,case when r.a0 > r.z1 then 'none' when r.z0 < r.a0 then substr(r.a0,1,4) else substr(r.z0,1,4) end as surely_to,count(*) as possible,count(*) as certain from 
                (select t1."kind" as "kind",t1."held_earliest" as "a0",t1."held_latest" as "a1",t1."held_earliest" as "z0",t1."held_latest" as "z1" from summit t1 where true) r group by r."kind",case when r.a0 > r.z1 then 'none' else substr(r.a0,1,4) end,case when r.a0 > r.z1 then 'none' else substr(r.z1,1,4) end,case when r.a0 > r.z1 then 'none' when r.a1 < r.z1 then substr(r.a1,1,4) else substr(r.z1,1,4) end,case when r.a0 > r.z1 then 'none' when r.z0 < r.a0 then substr(r.a0,1,4) else substr(r.z0,1,4) end), year_bound as 
              (select min(b.year) as low,max(b.year) as high from 
                (select possibly_from as year from year_span union all select possibly_to as year from year_span union all select surely_from as year from year_span union all select surely_to as year from year_span) b where b.year between '0001' and '9999'), each_year(year,name) as 
              (select cast(low as integer),low from year_bound where low is not null union all select y.year + 1,substr(cast(y.year + 10001 as text),2,4) from each_year y,year_bound b where y.year < cast(b.high as integer)) select s."kind",cast(null as integer) as "organisation_id",cast(null as integer) as "host_id",cast(null as text) as "city",cast(null as integer) as "official_id",y.year,sum(s.possible) as possible,sum(case when y.name is null or y.name between s.surely_from and s.surely_to then s.certain else 0 end) as certain from year_span s left join each_year y on y.name between s.possibly_from and s.possibly_to group by s."kind",y.year) g order by nth limit ?+0) t2 where true) v),'}')),',"events":',
  (select concat('{"count":',
      (select v from 
        (select concat('{"certain":',coalesce(cast(t2."certain" as text),'null'),',"possible":',coalesce(cast(t2."possible" as text),'null'),'}') as v from 
          (select count(*) as possible,coalesce(sum(r.sure),0) as certain from 
            (select case when (t1."end_latest" > ?) is not true then 1 else 0 end as sure from event t1 where true and (t1."start_earliest" > ?) is not true) r) t2 where true) v),',"groups":',
      (select concat('[',string_agg(v,',' order by o0),']') from 
        (select concat('{"role":',json_quote(t2."role"),',"organisation":',coalesce(
              (select v from 
                (select concat('{"acronym":',json_quote(t3."acronym"),'}') as v from organisation t3 where t3."id" = t2."organisation_id") v),'null'),',"count":',concat('{"certain":',coalesce(cast(t2."certain" as text),'null'),',"possible":',coalesce(cast(t2."possible" as text),'null'),'}'),'}') as v,t2."nth" as o0 from 
          (select g.*,row_number() over (order by g.possible desc,case when g."role" is null then 1 else 0 end,g."role",case when g."organisation_id" is null then 1 else 0 end,
              (select k.key from organisation k where k.id = g."organisation_id")) as nth from 
            (select r."role",r."organisation_id",cast(null as text) as "kind",cast(null as integer) as "state_id",cast(null as integer) as "official_id",cast(null as integer) as year,count(*) as possible,coalesce(sum(r.sure),0) as certain from 
              (select distinct t1."id" as id,g_role.role as "role",g_organisation.organisation_id as "organisation_id",case when (t1."end_latest" > ?) is not true then 1 else 0 end as sure from event t1 left join party g_role on g_role.event_id = t1."id" left join party g_organisation on g_organisation.event_id = t1."id" and g_organisation.role = g_role.role and g_organisation.organisation_id is not null where true and (t1."start_earliest" > ?) is not true) r group by r."role",r."organisation_id") g order by nth limit ?+0) t2 where true) v),'}')),',"organisation":',coalesce(
    (select v from 
      (select concat('{"terms":',
          (select concat('{"groups":',
              (select concat('[',string_agg(v,',' order by o0),']') from 
                (select concat('{"office":',json_quote(t3."office"),',"count":',concat('{"certain":',coalesce(cast(t3."certain" as text),'null'),',"possible":',coalesce(cast(t3."possible" as text),'null'),'}'),'}') as v,t3."nth" as o0 from 
                  (select g.*,row_number() over (order by g.possible desc,case when g."office_key" is null then 1 else 0 end,g."office_key") as nth from 
                    (select r."office_key",min(r."office") as "office",cast(null as integer) as "organisation_id",cast(null as integer) as "state_id",cast(null as integer) as "official_id",cast(null as integer) as year,count(*) as possible,count(*) as certain from 
                      (select t2."office_key" as "office_key",t2."office" as "office" from term t2 where t2."organisation_id" = t1."id") r group by r."office_key") g order by nth limit ?+0) t3 where true) v),',"nodes":',concat('[',q2.l0,']'),'}') from 
            (select string_agg(concat('{"period":',concat('{"length":',concat('{"least":',coalesce(cast(case when case when t2."start_earliest" < t2."floor" then t2."floor" else t2."start_earliest" end > t2."end_latest" then 0 when case when t2."start_latest" < t2."floor" then t2."floor" else t2."start_latest" end < t2."end_earliest" then 
                          (select n.d + (153 * n.m + 2) / 5 + 365 * n.y + n.y / 4 - n.y / 100 + n.y / 400 from 
                            (select p.d,p.y + 4800 - (14 - p.m) / 12 as y,p.m - 3 + (14 - p.m) / 12 * 12 as m from 
                              (select cast(substr(t2."end_earliest",1,4) as integer) as y,cast(substr(t2."end_earliest",6,2) as integer) as m,cast(substr(t2."end_earliest",9,2) as integer) as d) p) n) - 
                          (select n.d + (153 * n.m + 2) / 5 + 365 * n.y + n.y / 4 - n.y / 100 + n.y / 400 from 
                            (select p.d,p.y + 4800 - (14 - p.m) / 12 as y,p.m - 3 + (14 - p.m) / 12 * 12 as m from 
                              (select cast(substr(case when t2."start_latest" < t2."floor" then t2."floor" else t2."start_latest" end,1,4) as integer) as y,cast(substr(case when t2."start_latest" < t2."floor" then t2."floor" else t2."start_latest" end,6,2) as integer) as m,cast(substr(case when t2."start_latest" < t2."floor" then t2."floor" else t2."start_latest" end,9,2) as integer) as d) p) n) + 1 else 1 end as text),'null'),',"most":',coalesce(cast(case when case when t2."start_earliest" < t2."floor" then t2."floor" else t2."start_earliest" end > t2."end_latest" then 0 when case when t2."start_earliest" < t2."floor" then t2."floor" else t2."start_earliest" end = '-infinity' or t2."end_latest" = 'infinity' then null else 
                          (select n.d + (153 * n.m + 2) / 5 + 365 * n.y + n.y / 4 - n.y / 100 + n.y / 400 from 
                            (select p.d,p.y + 4800 - (14 - p.m) / 12 as y,p.m - 3 + (14 - p.m) / 12 * 12 as m from 
                              (select cast(substr(t2."end_latest",1,4) as integer) as y,cast(substr(t2."end_latest",6,2) as integer) as m,cast(substr(t2."end_latest",9,2) as integer) as d) p) n) - 
                          (select n.d + (153 * n.m + 2) / 5 + 365 * n.y + n.y / 4 - n.y / 100 + n.y / 400 from 
                            (select p.d,p.y + 4800 - (14 - p.m) / 12 as y,p.m - 3 + (14 - p.m) / 12 * 12 as m from 
                              (select cast(substr(case when t2."start_earliest" < t2."floor" then t2."floor" else t2."start_earliest" end,1,4) as integer) as y,cast(substr(case when t2."start_earliest" < t2."floor" then t2."floor" else t2."start_earliest" end,6,2) as integer) as m,cast(substr(case when t2."start_earliest" < t2."floor" then t2."floor" else t2."start_earliest" end,9,2) as integer) as d) p) n) + 1 end as text),'null'),'}'),'}'),'}'),',' order by t2."start_latest",t2."key") as l0 from 
              (select t2."end_earliest",t2."end_latest",t2."floor",t2."key",t2."start_earliest",t2."start_latest" from term t2 where t2."organisation_id" = t1."id" order by t2."start_latest",t2."key" limit ?+0) t2) q2),'}') as v from organisation t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
