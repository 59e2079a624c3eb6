import grpc
import ray
import zmq
from torch.distributed import TCPStore


def serve(context, server, port, host):
    socket = context.socket(zmq.PULL)
    # ruleid: unauthenticated-bus-on-all-interfaces
    socket.bind(f"tcp://*:{port}")
    # ruleid: unauthenticated-bus-on-all-interfaces
    server.add_insecure_port("[::]:50051")
    # ruleid: unauthenticated-bus-on-all-interfaces
    ray.init(dashboard_host="0.0.0.0")
    # ok: unauthenticated-bus-on-all-interfaces
    socket.bind("tcp://127.0.0.1:5555")
    # ok: unauthenticated-bus-on-all-interfaces
    socket.bind(f"tcp://{host}:{port}")
    # ok: unauthenticated-bus-on-all-interfaces
    socket.bind("ipc:///run/engine.sock")
    # ok: unauthenticated-bus-on-all-interfaces
    server.add_secure_port("[::]:50051", grpc.ssl_server_credentials(keys))
    # ok: unauthenticated-bus-on-all-interfaces
    server.add_insecure_port("localhost:50051")
    # ok: unauthenticated-bus-on-all-interfaces
    socket.connect("tcp://0.0.0.0:5555")


def serve_with_keys(context):
    secured = context.socket(zmq.REP)
    secured.curve_server = True
    # ok: unauthenticated-bus-on-all-interfaces
    secured.bind("tcp://*:5556")


def serve_at_a_named_address(context, port):
    socket = context.socket(zmq.XPUB)
    # ruleid: unauthenticated-bus-on-all-interfaces
    address = f"tcp://*:{port}"
    socket.bind(address)
    return address


def connect_to_a_named_address(context, port):
    socket = context.socket(zmq.SUB)
    # ok: unauthenticated-bus-on-all-interfaces
    address = f"tcp://*:{port}"
    socket.connect(address)


def rendezvous(host, port, rank, world_size, listener):
    # ruleid: unauthenticated-bus-on-all-interfaces
    store = TCPStore(host_name=host, port=port, world_size=world_size, is_master=rank == 0)
    # ok: unauthenticated-bus-on-all-interfaces
    other = TCPStore(host, port, world_size, is_master=False)
    # ok: unauthenticated-bus-on-all-interfaces
    own = TCPStore(host, port, is_master=rank == 0, master_listen_fd=listener.fileno())
    return store, other, own
