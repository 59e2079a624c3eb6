from pymilvus import MilvusClient

TENANT_FIELD = "tenant"
client = MilvusClient("milvus.db")


def search(vector, tenant):
    # ruleid: store-filter-built-from-text
    return client.search("docs", data=[vector], filter=f'tenant == "{tenant}"')


def forget(collection, name):
    # ruleid: store-filter-built-from-text
    expr = 'name == "%s"' % name
    collection.delete(expr)


def jobs(database, owner):
    # ruleid: store-filter-built-from-text
    return database.jobs.find({"$where": f"this.owner == '{owner}'"})


def bound(vector, tenant):
    # ok: store-filter-built-from-text
    return client.search(
        "docs", data=[vector], filter="tenant == {tenant}", filter_params={"tenant": tenant}
    )


def constant(vector):
    # ok: store-filter-built-from-text
    return client.search("docs", data=[vector], filter=f'{TENANT_FIELD} == "public"')


def number(vector, year):
    # ok: store-filter-built-from-text
    return client.search("docs", data=[vector], filter=f"year == {int(year)}")


def quoted(ids):
    # ok: store-filter-built-from-text
    expr = f"id in {json.dumps(ids)}"
    return client.query("docs", filter=expr)


def equal(database, owner):
    # ok: store-filter-built-from-text
    return database.jobs.find({"owner": {"$eq": owner}})


class Store:
    def known(self, ids):
        # ok: store-filter-built-from-text
        expr = f"{self._primary_field} in {ids}"
        return self.collection.query(expr=expr)
