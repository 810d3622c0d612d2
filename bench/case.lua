-- What wrk sends. Arguments after `--`: a text file, two lines per request:
--   METHOD PATH
--   body (one line, may be empty)
-- and an optional token. Requests are sent in turn; the figures are printed as one line.

local requests, turn = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1]))
  local headers = { ["Content-Type"] = "application/json" }
  if arguments[2] and arguments[2] ~= "" then headers["Authorization"] = arguments[2] end
  while true do
    local head = file:read("*l")
    if not head then break end
    local body = file:read("*l") or ""
    local method, path = head:match("^(%u+) (.+)$")
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  file:close()
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "FIGURES %d %d %.3f %.3f %.3f %.3f %d %d\n",
    summary.requests, summary.duration, latency.mean / 1000, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
