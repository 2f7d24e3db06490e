select concat('{"articles":',
  (select concat('{"totalCount":',
      (select count(*) from article t1 where true),',"nodes":',concat('[',q1.l0,']'),'}') from 
    (select group_concat(concat('{"slug":',json_quote(t1."key"),',"publication":',t1.c0,',"issueNumber":',ifnull(t1."issue_number",'null'),',"issuedOn":',t1.c1,',"datedOn":',t1.c2,',"yearInferred":',case t1."year_inferred" when true then 'true' when false then 'false' else 'null' end,',"knownFrom":',json_quote(t1."known_from"),',"place":',json_quote(t1."place"),',"author":',json_quote(t1."author"),',"paragraphs":',t1.c3,',"mentions":',t1.c4,'}'),',' order by t1."dated_order" desc,t1."key" desc) as l0 from 
      (select t1.*,
        (select v from 
          (select concat('{"slug":',json_quote(t2."key"),'}') as v from publication t2 where t2."id" = t1."publication_id")) as c0,ifnull(
          (select v from 
            (select concat('{"edtf":',json_quote(t2."edtf"),'}') as v from partial_date t2 where t2."edtf" = t1."issued_on")),'null') as c1,
        (select v from 
          (select concat('{"edtf":',json_quote(t2."edtf"),',"text":',json_quote(t2."text"),'}') as v from partial_date t2 where t2."edtf" = t1."dated_on")) as c2,case when exists 
        (select 1 from paragraph p where p.article_id = t1."id") then 
        (select concat('[',group_concat(v,',' order by o0),']') from 
          (select concat('{"number":',ifnull(t2."number",'null'),'}') as v,t2."number" as o0 from paragraph t2 where t2."article_id" = t1."id")) else 'null' end as c3,
        (select concat('[',group_concat(v,',' order by o0),']') from 
          (select concat('{"count":',ifnull(t2."count",'null'),'}') as v,t2."subject_id" as o0 from mention t2 where t2."article_id" = t1."id")) as c4 from 
        (select t1.* from article t1 where true order by t1."dated_order" desc,t1."key" desc limit 20) t1 limit 20) t1) q1),'}')
