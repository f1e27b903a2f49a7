-- Keys of every type, in the shares of docs/measured.md 6, through Lua, which is faster than any client. ARGV: first, last
-- document. compare.py fills a server with it, and tests/all/servers.rs.
math.randomseed(ARGV[1])
local call, rnd = redis.call, math.random
local names = {'alice','bob','carol','dave','erin','frank','grace','heidi'}
local letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
local function token(n) local t = {} for i = 1, n * 8 do local l = rnd(62) t[i] = letters:sub(l, l) end return table.concat(t) end
local function noise(n) local t = {} for i = 1, n do t[i] = string.char(rnd(0, 255)) end return table.concat(t) end
local function doc(i)
  local t = {} for e = 1, rnd(0, 5) do t[e] = string.format('{"sku":"%s","qty":%d,"price":%.2f}', token(1), rnd(20), rnd() * 100) end
  return string.format('{"id":%d,"user":"%s%d","items":[%s]}', i, names[rnd(8)], rnd(100000), table.concat(t, ','))
end
for i = ARGV[1], ARGV[2] do
  if i % 3 == 0 then call('SET', 'doc:' .. i, doc(i), 'EX', 100000000 + i) else call('SET', 'doc:' .. i, doc(i)) end
  if i % 8 < 5 then call('SET', 'n:' .. i, rnd(1000000000)) end
  if i % 4 == 0 then
    local h = {} for f = 1, rnd(3, 12) do h[#h+1] = 'field' .. f h[#h+1] = (f % 2 == 0) and rnd(100000) or token(rnd(1, 4)) end
    call('HSET', 'hash:' .. i, unpack(h))
  end
  if i % 16 == 0 then
    local l = {} for e = 1, rnd(5, 60) do l[e] = token(rnd(1, 3)) end
    call('RPUSH', 'list:' .. i, unpack(l))
  end
  if i % 11 == 0 then
    local z = {} for e = 1, rnd(3, 40) do z[#z+1] = rnd() * 1000 z[#z+1] = 'member' .. e .. ':' .. i end
    call('ZADD', 'zset:' .. i, unpack(z))
  end
  if i % 530 == 0 then
    for f = 1, 1000 do call('HSET', 'big:' .. i, 'field:' .. f, token(2)) end
  end
  if i % 800 == 0 then
    for f = 1, 1000 do call('ZADD', 'bigz:' .. i, rnd(), 'member:' .. f) end
  end
  if i % 8 == 0 then
    call('SELECT', 1)
    local m = {} for e = 1, rnd(3, 60) do m[e] = (i % 16 == 0) and rnd(100000) or token(1) end
    call('SADD', 'set:' .. i, unpack(m))
    call('SELECT', 0)
  end
  if i % 107 == 0 then
    call('SELECT', 3)
    for e = 1, 100 do call('XADD', 'stream:' .. i, e .. '-1', 'type', 'created', 'id', tostring(e * i)) end
    call('XGROUP', 'CREATE', 'stream:' .. i, 'workers', '0')
    call('XREADGROUP', 'GROUP', 'workers', 'alice', 'COUNT', '20', 'STREAMS', 'stream:' .. i, '>')
    call('SELECT', 0)
  end
  if i % 1066 == 0 then
    call('SELECT', 3)
    call('SET', 'blob:' .. i, noise(100000))
    call('SELECT', 0)
  end
end
