#!/bin/sh
# Installs the engines that internal/e2e runs against, by pinned version: a real
# CPU Triton 2.51.0 with its Python client, NVIDIA's perf_analyzer, Prometheus,
# Alertmanager and HAProxy. Debian 12, about a minute; nothing is done where they are already
# there. `engines.sh monitoring` and `engines.sh balancer` install these only, in seconds.
#
# They lie in ${TRITOP_ENGINES:-${XDG_CACHE_HOME:-$HOME/.cache}/tritop-engines}:
#   venv/           Python with tritonserver and tritonclient
#   perf_analyzer/  the load generator and the CUDA runtime that it is linked with
#   monitoring/     prometheus, promtool, prometheus-alertmanager, amtool: Debian's
#                   binaries, unpacked and not installed, so that nothing starts
#                   (Alertmanager's templates are linked where it looks for them)
#   balancer/       HAProxy with the libraries that it is linked with: Debian's, too
# No GPU and no container is needed.
set -eu

pytriton=nvidia-pytriton==0.7.0 # holds tritonserver 2.51.0, release 24.10
python_client=tritonclient==2.73.0 # the client that the suite drives the simulated fleet with
client=tritonclient==2.50.0     # its manylinux1 wheel holds perf_analyzer
cuda=nvidia-cuda-runtime-cu12==12.9.79
pins="$pytriton $python_client $client $cuda"
monitors="prometheus=2.42.0+ds-5+deb12u1 prometheus-alertmanager=0.25.0-1+b4"

balancers="haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 libopentracing-c-wrapper0=1.1.3-3+b1 libopentracing1=1.6.0-4"

dir=${TRITOP_ENGINES:-${XDG_CACHE_HOME:-$HOME/.cache}/tritop-engines}
python=/usr/bin/python3 # its libpython is on the system's library path, where the stubs look

say() { echo "engines: $*"; }

packages() {
	missing=
	for p in python3-venv libpython3.11 libb64-0d; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		say "these Debian packages are missing, install them as root:$missing" >&2
		exit 1
	fi
	say "installing$missing"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list
	apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
}

triton() {
	say "installing $pytriton"
	"$python" -m venv "$new/venv"
	"$new/venv/bin/pip" install -q --disable-pip-version-check "$pytriton" "tritonclient[grpc,http]==${python_client#*==}"
	# The wheel keeps one stub per Python version beside the backend; Triton looks
	# for it inside the backend's folder.
	version=$("$new/venv/bin/python3" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	server=$new/venv/lib/python$version/site-packages/pytriton/tritonserver
	cp "$server/python_backend_stubs/$version/triton_python_backend_stub" "$server/backends/python/"
	ln -s "lib/python$version/site-packages" "$new/venv/site-packages"
}

perf_analyzer() {
	say "unpacking perf_analyzer of $client"
	"$new/venv/bin/pip" download -q --disable-pip-version-check --no-deps --only-binary :all: --platform manylinux1_x86_64 \
		--dest "$new/wheels" "$client"
	"$new/venv/bin/pip" download -q --disable-pip-version-check --no-deps --dest "$new/wheels" "$cuda"
	for w in "$new"/wheels/*.whl; do
		"$python" -m zipfile -e "$w" "$new/unpacked"
	done
	mkdir "$new/perf_analyzer"
	mv "$new"/unpacked/tritonclient-*.data/data/bin/perf_analyzer "$new/perf_analyzer/"
	mv "$new"/unpacked/nvidia/cuda_runtime/lib "$new/perf_analyzer/"
	chmod +x "$new/perf_analyzer/perf_analyzer"
	rm -rf "$new/wheels" "$new/unpacked"
}

# Debian's Alertmanager reads its templates from one place only.
templates=/usr/share/prometheus/alertmanager

link_templates() {
	[ -e "$templates/default.tmpl" ] && return 0
	if [ "$(id -u)" != 0 ]; then
		say "as root: mkdir -p ${templates%/*} && ln -sfn $dir/monitoring/templates $templates" >&2
		exit 1
	fi
	mkdir -p "${templates%/*}"
	ln -sfn "$dir/monitoring/templates" "$templates"
}

# unpack FOLDER "PACKAGE=VERSION …": Debian's files, below FOLDER/unpacked.
unpack() {
	say "unpacking $2"
	rm -rf "${dir:?}/$1"
	mkdir -p "$dir/$1/deb"
	# shellcheck disable=SC2086 # a list
	(cd "$dir/$1/deb" && { apt-get download -qq $2 2>/dev/null || { apt-get update -qq && apt-get download -qq $2; }; })
	for d in "$dir/$1"/deb/*.deb; do
		dpkg-deb -x "$d" "$dir/$1/unpacked"
	done
}

balancer() {
	if [ "$(cat "$dir/balancer/installed" 2>/dev/null)" = "$balancers" ]; then
		say "HAProxy is already in $dir/balancer"
		return 0
	fi
	unpack balancer "$balancers"
	mv "$dir/balancer/unpacked/usr/sbin/haproxy" "$dir"/balancer/unpacked/usr/lib/*/*.so* "$dir/balancer/"
	rm -rf "$dir/balancer/deb" "$dir/balancer/unpacked"
	echo "$balancers" >"$dir/balancer/installed"
}

monitoring() {
	if [ "$(cat "$dir/monitoring/installed" 2>/dev/null)" = "$monitors" ]; then
		say "Prometheus and Alertmanager are already in $dir/monitoring"
		link_templates
		return 0
	fi
	unpack monitoring "$monitors"
	mv "$dir"/monitoring/unpacked/usr/bin/* "$dir/monitoring/"
	mv "$dir/monitoring/unpacked/usr/share/prometheus/alertmanager" "$dir/monitoring/templates"
	rm -rf "$dir/monitoring/deb" "$dir/monitoring/unpacked"
	link_templates
	echo "$monitors" >"$dir/monitoring/installed"
}

case ${1:-all} in
monitoring | balancer)
	"$1"
	exit 0
	;;
all) ;;
*)
	say "what to install is 'monitoring', 'balancer', or nothing for all; not '$1'" >&2
	exit 64
	;;
esac
packages
monitoring
balancer
if [ "$(cat "$dir/installed" 2>/dev/null)" = "$pins" ]; then
	say "already in $dir"
	exit 0
fi
# What lies there is of other versions, or half done. A venv does not survive
# being moved, so it is built in place and marked when it is whole.
new=$dir
mkdir -p "$dir"
rm -rf "$dir/installed" "$dir/venv" "$dir/perf_analyzer" "$dir/wheels" "$dir/unpacked"
triton
perf_analyzer
echo "$pins" >"$dir/installed"
say "ready in $dir"
