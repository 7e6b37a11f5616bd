package config

// kind says what a value must be.
type kind int

const (
	anyKind  kind = iota
	text          // a string
	name          // a string that is not empty
	whole         // an integer within min and max
	number        // a number within min and max
	boolean       // true or false
	duration      // 100ms, 5s, 1h
	target        // 100ms, 0.1%, 0.001, 100/s, 2GiB: the unit must fit the metric
	colour        // "#ff7373", red, 196
	integers      // a list of integers
	object        // a mapping with known keys
	list          // a list of item
	dict          // a mapping with free keys and values of item
)

// field describes one value of the file.
type field struct {
	kind     kind
	required bool
	min, max float64           // of whole and number; both 0: no limit
	allowed  []string          // words of a text
	keys     map[string]*field // of an object
	item     *field            // of a list or dict
	later    bool              // parsed and checked; its function comes in a later version
	secret   bool              // what stands here by mistake is not repeated in a message
}

func obj(keys map[string]*field) *field { return &field{kind: object, keys: keys} }
func listOf(item *field) *field         { return &field{kind: list, item: item} }
func dictOf(item *field) *field         { return &field{kind: dict, item: item} }
func later(f *field) *field             { f.later = true; return f }
func must(f *field) *field              { f.required = true; return f }
func word(allowed ...string) *field     { return &field{kind: text, allowed: allowed} }
func within(k kind, low, high float64) *field {
	return &field{kind: k, min: low, max: high}
}
func plain(k kind) *field { return &field{kind: k} }

// datatypes are Triton's.
var datatypes = []string{"BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "BF16", "FP32", "FP64", "BYTES"}

// checkNames are the seven built-in checks.
var checkNames = []string{"gpu_availability", "memory_usage", "disk_space", "model_inference", "api_endpoint", "response_quality", "business_metrics"}

func secret() *field {
	f := obj(map[string]*field{"env": plain(name), "file": plain(name)})
	f.secret = true
	return f
}

func port() *field { return within(whole, 0, 65535) }

// root is the whole file.
func root() *field {
	tensor := map[string]*field{"name": must(plain(name)), "datatype": word(datatypes...), "shape": plain(integers), "data": must(listOf(plain(anyKind)))}
	expect := map[string]*field{"name": must(plain(name)), "datatype": word(datatypes...), "shape": plain(integers), "data": must(listOf(plain(anyKind))), "tolerance": within(number, 0, 1e300)}
	return obj(map[string]*field{
		"version": must(within(whole, 1, 1)),
		"fleet":   plain(name),
		"servers": listOf(obj(map[string]*field{
			"name": must(plain(name)), "host": must(plain(name)), "grpc": port(), "http": port(), "metrics": port(), "region": plain(text), "zone": plain(text),
			"tls":     obj(map[string]*field{"ca": plain(name), "cert": plain(name), "key": plain(name), "server_name": plain(name)}),
			"headers": dictOf(secret()),
		})),
		"probes": listOf(obj(map[string]*field{
			"model": must(plain(name)), "version": plain(text), "every": plain(duration), "timeout": plain(duration),
			"inputs": must(listOf(obj(tensor))), "expect": listOf(obj(expect)),
		})),
		"objectives":   objectives(),
		"checks":       checkSection(),
		"services":     later(services()),
		"servers_from": listOf(obj(map[string]*field{"file": plain(name), "dns": plain(name)})),
		"sources": listOf(obj(map[string]*field{"name": plain(name), "kind": must(word(kindPrometheus, kindMetricsURL)), "url": must(plain(name)),
			"every": plain(duration), "queries": dictOf(plain(name)), "headers": dictOf(secret())})),
		"models": listOf(obj(map[string]*field{"name": must(plain(name)), "runbook": plain(text), "group": plain(text), "golden_set": plain(name),
			"allocates_in_advance": plain(boolean),
			"limits":               obj(map[string]*field{"healthy": plain(duration), "degraded": plain(duration)}),
			"versions":             dictOf(obj(map[string]*field{"label": plain(text), "precision": plain(text), "framework": plain(text)}))})),
		"business": listOf(obj(map[string]*field{"name": must(plain(name)), "source": plain(name), "query": plain(name), "url": plain(name), "metric": plain(name), "formula": plain(name),
			"headers": dictOf(secret())})),
		"notify": notify(),
		"access": later(obj(map[string]*field{"listen": plain(name), "keys": listOf(obj(map[string]*field{"actor": must(plain(name)), "role": must(word("viewer", "operator", "admin")), "key": plain(name), "file": plain(name)})),
			"authorized_keys": plain(name)})),
		"cluster": later(obj(map[string]*field{"etcd": listOf(plain(name)), "prefix": plain(name), "tls": obj(map[string]*field{"ca": plain(name), "cert": plain(name), "key": plain(name)})})),
		"scaling": later(listOf(obj(map[string]*field{"service": must(plain(name)), "policy": word("signals", "target"), "min": within(whole, 0, 10000), "max": within(whole, 1, 10000),
			"start": within(whole, 0, 10000), "step": within(whole, 1, 10000), "cooldown": plain(duration), "actuator": dictOf(plain(anyKind))}))),
	})
}

func checkSection() *field {
	keys := make(map[string]*field)
	for _, n := range checkNames {
		keys[n] = obj(map[string]*field{"enabled": plain(boolean), "every": plain(duration), "timeout": plain(duration), "critical": plain(boolean), "healthy": plain(target), "degraded": plain(target)})
	}
	keys["custom"] = listOf(obj(map[string]*field{"name": must(plain(name)), "kind": must(word("http", "grpc", "tcp", "command", "promql")), "url": plain(name), "address": plain(name),
		"command": listOf(plain(text)), "query": plain(name), "every": plain(duration), "timeout": plain(duration), "critical": plain(boolean), "expect": plain(name),
		"layer": word("infrastructure", "application", "business"), "server": plain(name), "status": within(whole, 100, 599), "headers": dictOf(secret()), "service": plain(name),
		"source": plain(name), "op": word("<", ">", "<=", ">=", "=="), "target": plain(number)}))
	return obj(keys)
}

func services() *field {
	return listOf(obj(map[string]*field{
		"name": must(plain(name)), "models": listOf(plain(name)),
		"driver": obj(map[string]*field{"kind": must(word("haproxy", "embedded")), "sockets": listOf(plain(name)), "backends": listOf(plain(name)),
			"listen": plain(name), "http": plain(name), "grpc": plain(name)}),
		"endpoints": must(listOf(obj(map[string]*field{"server": plain(name), "name": plain(name), "url": plain(name), "as": plain(name),
			"priority": within(whole, 1, 100), "weight": within(whole, 0, 256), "region": plain(text), "zone": plain(text)}))),
		"failover": obj(map[string]*field{"mode": word("off", "confirm", "auto"), "profile": word("default", "fast"), "failback": word("off", "confirm", "auto")}),
		"strategy": word("active_standby", "weighted"), "region": plain(text),
	}))
}
