-- What wrk sends. Arguments after `--`: a text file, two lines per request:
--   METHOD PATH
--   body (one line, may be empty)
-- then `in-turn` (again and again) or `once` (each one time), and an optional token. The figures
-- are printed as one line; a list that is sent once tells with ANSWERED that all answers are there.

local requests, turn, answered = {}, 0, 0
local waiting = "GET /api/health HTTP/1.1\r\n" -- never finished, so never answered
local is_once, is_looked_at = false, false

function init(arguments)
  local file = assert(io.open(arguments[1]))
  local headers = { ["Content-Type"] = "application/json" }
  is_once = arguments[2] == "once"
  if arguments[3] and arguments[3] ~= "" then headers["Authorization"] = arguments[3] end
  while true do
    local head = file:read("*l")
    if not head then break end
    local body = file:read("*l") or ""
    local method, path = head:match("^(%u+) (.+)$")
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  file:close()
  if is_once then response = count end
end

function request()
  if not is_looked_at then -- wrk asks for one before it starts, which it does not send
    is_looked_at = true
    return requests[1]
  end
  turn = turn + 1
  if turn > #requests then
    if is_once then return waiting end
    turn = 1
  end
  return requests[turn]
end

function count()
  answered = answered + 1
  if answered == #requests then
    io.write("ANSWERED\n")
    io.flush()
    wrk.thread:stop()
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "FIGURES %d %d %.3f %.3f %.3f %.3f %d %d\n",
    summary.requests, summary.duration, latency.mean / 1000, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
