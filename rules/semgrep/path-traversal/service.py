from exports_pb2_grpc import ExportServicer


class Exports(ExportServicer):
    def Read(
        self,
        request,
        context,
    ):
        # ruleid: path-traversal
        return open(request.name, "rb").read()
