// `@intacct/intacct-sdk`, as published, against the sandbox. It insists on a host of intacct.com, so it goes
// through the front by Node's own variables: HTTPS_PROXY, NODE_USE_ENV_PROXY and NODE_EXTRA_CA_CERTS.
import assert from "node:assert/strict";
import { test } from "node:test";

import sdk from "@intacct/intacct-sdk";

const { ClientConfig, Exceptions, Functions, OfflineClient, OnlineClient, RequestConfig, SessionProvider } = sdk;
const { AccountsPayable, AccountsReceivable, CashManagement, Common, Company, EmployeeExpense } = Functions;
const { GeneralLedger, InventoryControl, OrderEntry, PlatformServices, Projects, Purchasing } = Functions;
const Query = Common.NewQuery;

const DAY = new Date(2026, 0, 5);
const LATER = new Date(2026, 1, 5);

function config(changes = {}) {
    const made = Object.assign(new ClientConfig(), {
        senderId: "acme-sender",
        senderPassword: "sandbox-sender",
        companyId: "MyCompany",
        userId: "Admin",
        userPassword: "sandbox",
    });
    return Object.assign(made, changes);
}

function requestConfig(changes = {}) {
    const made = new RequestConfig();
    // An answer is final here; a wait would hide what went wrong.
    made.maxRetries = 0;
    return Object.assign(made, changes);
}

function client(changes) {
    return new OnlineClient(config(changes));
}

async function result(api, fields = {}, by = client()) {
    const response = await by.execute(Object.assign(api, fields), requestConfig());
    return response.getResult();
}

async function refusal(promise) {
    return promise.then(
        () => assert.fail("it was not refused"),
        (error) => error,
    );
}

// A record of every kind is found by readByName; by readByQuery where names differ.
async function named(object, name) {
    const found = await result(new Common.ReadByName(), { objectName: object, names: [name] });
    return found.data[0];
}

async function anyPlace() {
    const found = await result(new Common.ReadByQuery(), {
        objectName: "APBILLITEM",
        fields: ["LOCATIONID"],
        pageSize: 1,
    });
    return found.data[0].LOCATIONID;
}

test("a session is provided by login, by session and for an entity", async () => {
    const top = await SessionProvider.factory(config());
    assert.ok(top.sessionId);
    assert.equal(top.endpointUrl, "https://api.intacct.com/ia/xml/xmlgw.phtml");
    assert.deepEqual([top.companyId, top.userId, top.entityId], ["MyCompany", "Admin", ""]);
    const inEntity = await SessionProvider.factory(config({ entityId: "Central Region" }));
    assert.equal(inEntity.entityId, "Central Region");
    const moved = await SessionProvider.factory(
        Object.assign(new ClientConfig(), {
            senderId: "acme-sender",
            senderPassword: "sandbox-sender",
            sessionId: top.sessionId,
            entityId: "East Region",
        }),
    );
    assert.equal(moved.entityId, "East Region");
    const bySession = new OnlineClient(top);
    const all = await result(new Common.ReadByQuery(), { objectName: "APBILL", pageSize: 1 }, bySession);
    const one = await result(
        new Common.ReadByQuery(),
        { objectName: "APBILL", pageSize: 1 },
        new OnlineClient(inEntity),
    );
    assert.equal(all.totalCount, 120);
    assert.ok(one.totalCount > 0 && one.totalCount < 120);
});

test("errors at the three levels are the client's own exceptions", async () => {
    const control = await refusal(SessionProvider.factory(config({ senderPassword: "wrong" })));
    assert.ok(control instanceof Exceptions.ResponseException);
    assert.match(control.message, /control status failure.*XL03000006/);
    const authentication = await refusal(SessionProvider.factory(config({ userPassword: "wrong" })));
    assert.ok(authentication instanceof Exceptions.ResponseException);
    assert.match(authentication.message, /authentication status failure.*Sign-in information is incorrect/);
    const failed = await refusal(result(new Common.Read(), { objectName: "UNICORN", keys: [1] }));
    assert.ok(failed instanceof Exceptions.ResultException);
    assert.match(failed.message, /Object definition UNICORN not found/);
    const denied = await refusal(
        result(new Company.ClassCreate(), { classId: "N-1", className: "N" }, client({ userId: "Reader" })),
    );
    assert.match(denied.message, /You do not have permission/);
});

test("an asynchronous policy is refused cleanly", async () => {
    const policy = requestConfig({ policyId: "nightly" });
    const read = Object.assign(new Common.Read(), { objectName: "VENDOR", keys: [1] });
    const error = await refusal(new OfflineClient(config()).execute(read, policy));
    assert.ok(error instanceof Exceptions.ResponseException);
    assert.match(error.message, /nightly is not a valid transport policy/);
});

test("readByQuery is read on to its end", async () => {
    const first = await result(new Common.ReadByQuery(), {
        objectName: "ARINVOICE",
        fields: ["RECORDNO"],
        pageSize: 200,
    });
    assert.deepEqual([first.count, first.totalCount, first.numRemaining], [200, 508, 308]);
    const keys = first.data.map((one) => one.RECORDNO);
    let page = first;
    while (page.numRemaining > 0) {
        page = await result(new Common.ReadMore(), { resultId: page.resultId });
        keys.push(...page.data.map((one) => one.RECORDNO));
    }
    assert.equal(new Set(keys).size, 508);
});

test("older conditions are built by the client and understood", async () => {
    const { Comparison, Logical } = Common.Query;
    const active = Object.assign(new Comparison.EqualTo.EqualToString(), { field: "STATUS", value: "active" });
    const owed = Object.assign(new Comparison.GreaterThan.GreaterThanNumber(), { field: "TOTALDUE", value: 100 });
    const named = Object.assign(new Comparison.Like.LikeString(), { field: "NAME", value: "A%" });
    const both = Object.assign(new Logical.AndCondition(), { conditions: [active, owed] });
    const either = Object.assign(new Logical.OrCondition(), { conditions: [both, named] });
    const found = await result(new Common.ReadByQuery(), {
        objectName: "VENDOR",
        fields: ["NAME", "STATUS", "TOTALDUE"],
        query: either,
    });
    assert.ok(found.data.length > 3);
    for (const one of found.data) {
        assert.ok(one.NAME.startsWith("A") || (one.STATUS === "active" && Number(one.TOTALDUE) > 100));
    }
});

test("read, readByName, lookup, inspect and dimensions", async () => {
    const read = await result(new Common.Read(), { objectName: "VENDOR", keys: [1, 2], fields: ["VENDORID"] });
    assert.equal(read.count, 2);
    const [first] = read.data;
    const byName = await named("VENDOR", first.VENDORID);
    assert.equal(byName.RECORDNO, "1");
    const lookup = await result(new Common.Lookup(), { objectName: "VENDOR" });
    assert.ok(lookup.data[0].Fields.Field.some((one) => one.ID === "VENDORID"));
    const inspected = await result(new Common.Inspect(), { objectName: "*" });
    assert.ok(inspected.count > 100);
    const dimensions = await result(new PlatformServices.DimensionsGet());
    assert.ok(dimensions.data[0].dimension.some((one) => one.objectName === "DEPARTMENT"));
});

test("query selects, filters, orders and pages", async () => {
    const { QueryFilter, QueryOrderBy, QuerySelect } = Query;
    const select = new QuerySelect.SelectBuilder().addFields(["VENDORID", "NAME", "STATUS"]).selects;
    const { Filter, AndOperator, OrOperator } = QueryFilter;
    const active = new Filter("STATUS").equalTo("active");
    const either = new OrOperator([new Filter("NAME").like("A%"), new Filter("VENDORID").in(["20002", "20003"])]);
    const query = Object.assign(new Query.Query(), {
        fromObject: "VENDOR",
        selectFields: select,
        filter: new AndOperator([active, either]),
        orderBy: new QueryOrderBy.OrderBuilder().addDescending("NAME").orders,
        pageSize: 2,
        offset: 1,
        caseInsensitive: true,
        showPrivate: true,
    });
    const page = await result(query);
    assert.equal(page.data.length, 2);
    assert.ok(page.totalCount >= 3);
    const names = page.data.map((one) => one.NAME);
    assert.deepEqual(names, [...names].sort().reverse());
});

test("records are counted and computed by group", async () => {
    const { QuerySelect } = Query;
    const select = new QuerySelect.SelectBuilder().addField("CUSTOMERID").addCount("RECORDNO").addSum("TOTALDUE").selects;
    const query = Object.assign(new Query.Query(), { fromObject: "ARINVOICE", selectFields: select, pageSize: 1000 });
    const grouped = await result(query);
    const every = await result(
        Object.assign(new Query.Query(), {
            fromObject: "ARINVOICE",
            selectFields: new QuerySelect.SelectBuilder().addField("CUSTOMERID").addField("TOTALDUE").selects,
            pageSize: 2000,
        }),
    );
    const one = grouped.data[0];
    const own = every.data.filter((row) => row.CUSTOMERID === one.CUSTOMERID);
    assert.equal(grouped.totalCount, new Set(every.data.map((row) => row.CUSTOMERID)).size);
    assert.equal(one["COUNT.RECORDNO"], String(own.length));
    const sum = own.reduce((total, row) => total + Math.round(Number(row.TOTALDUE) * 100), 0);
    assert.equal(Math.round(Number(one["SUM.TOTALDUE"]) * 100), sum);
});

// Every class that creates an object which has a name, with what makes its opposite.
const NAMED = [
    [Company.ClassCreate, { classId: "N-1", className: "N" }, "CLASS", Company.ClassDelete, { classId: "N-1" }],
    [
        Company.DepartmentCreate,
        { departmentId: "N-1", departmentName: "N" },
        "DEPARTMENT",
        Company.DepartmentDelete,
        { departmentId: "N-1" },
    ],
    [
        Company.LocationCreate,
        { locationId: "N-1", locationName: "N" },
        "LOCATION",
        Company.LocationDelete,
        { locationId: "N-1" },
    ],
    [
        Company.ContactCreate,
        { contactName: "N-1", printAs: "N", firstName: "Zoe", primaryEmailAddress: "z@n.example", city: "Rome" },
        "CONTACT",
        Company.ContactDelete,
        { contactName: "N-1" },
    ],
    [
        AccountsPayable.VendorCreate,
        { vendorId: "N-1", vendorName: "N", printAs: "N", primaryEmailAddress: "n@n.example", active: true },
        "VENDOR",
        AccountsPayable.VendorDelete,
        { vendorId: "N-1" },
    ],
    [
        AccountsReceivable.CustomerCreate,
        { customerId: "N-1", customerName: "N", printAs: "N", city: "Rome" },
        "CUSTOMER",
        AccountsReceivable.CustomerDelete,
        { customerId: "N-1" },
    ],
    [
        GeneralLedger.AccountCreate,
        { accountNo: "N-1", title: "N", accountType: "incomestatement", normalBalance: "debit" },
        "GLACCOUNT",
        GeneralLedger.AccountDelete,
        { accountNo: "N-1" },
    ],
    [
        GeneralLedger.StatisticalAccountCreate,
        { accountNo: "N-1", title: "N", reportType: "forperiod" },
        "STATACCOUNT",
        GeneralLedger.StatisticalAccountDelete,
        { accountNo: "N-1" },
    ],
    [
        InventoryControl.ItemCreate,
        { itemId: "N-1", itemName: "N", itemType: "Non-Inventory" },
        "ITEM",
        InventoryControl.ItemDelete,
        { itemId: "N-1" },
    ],
    [
        Projects.ProjectCreate,
        { projectId: "N-1", projectName: "N", projectCategory: "Contract" },
        "PROJECT",
        Projects.ProjectDelete,
        { projectId: "N-1" },
    ],
];

for (const [Create, fields, object, Delete, which] of NAMED) {
    test(`${object} is created, found and deleted`, async () => {
        const made = await result(new Create(), fields);
        assert.equal(made.listType, "objects");
        assert.equal((await named(object, "N-1")).RECORDNO, made.data[0].RECORDNO);
        await result(new Delete(), which);
        const gone = await result(new Common.ReadByName(), { objectName: object, names: ["N-1"] });
        assert.equal(gone.count, 0);
    });
}

test("a vendor is changed, its contact too", async () => {
    await result(new AccountsPayable.VendorCreate(), { vendorId: "U-1", vendorName: "U", printAs: "U" });
    await result(new AccountsPayable.VendorUpdate(), {
        vendorId: "U-1",
        vendorName: "Renamed",
        primaryEmailAddress: "u@u.example",
        creditLimit: 1234.5,
    });
    const found = await named("VENDOR", "U-1");
    assert.equal(found.NAME, "Renamed");
    assert.equal(found.CREDITLIMIT, "1234.5");
    assert.equal(found.DISPLAYCONTACT.EMAIL1, "u@u.example");
});

test("a bill is created with lines, changed, reversed; a draft deleted", async () => {
    const place = await anyPlace();
    const line = (amount) =>
        Object.assign(new AccountsPayable.BillLineCreate(), {
            glAccountNumber: "1500",
            transactionAmount: amount,
            memo: `m ${amount}`,
            locationId: place,
        });
    const bill = (changes) =>
        Object.assign(new AccountsPayable.BillCreate(), {
            vendorId: "20001",
            transactionDate: DAY,
            dueDate: LATER,
            transactionCurrency: "USD",
            lines: [line(10), line(5.5)],
            ...changes,
        });
    const made = await result(bill({ billNumber: "N-1" }));
    assert.ok(made.key);
    const change = Object.assign(new AccountsPayable.BillLineUpdate(), { lineNo: 2, transactionAmount: 7 });
    await result(new AccountsPayable.BillUpdate(), { recordNo: made.key, description: "changed", lines: [change] });
    const read = await result(new Common.Read(), { objectName: "APBILL", keys: [made.key] });
    assert.equal(read.data[0].DESCRIPTION, "changed");
    assert.deepEqual(
        read.data[0].APBILLITEMS.apbillitem.map((one) => one.TRX_AMOUNT),
        ["10.00", "7.00"],
    );
    await result(new AccountsPayable.BillReverse(), { recordNo: made.key, reverseDate: LATER, memo: "wrong" });
    const reversed = await result(new Common.Read(), { objectName: "APBILL", keys: [made.key] });
    assert.equal(reversed.data[0].STATE, "Reversed");
    const draft = await result(bill({ billNumber: "N-2", action: "Draft" }));
    await result(new AccountsPayable.BillDelete(), { recordNo: draft.key });
});

test("an invoice, a payment for it and its reversal", async () => {
    const place = await anyPlace();
    const line = Object.assign(new AccountsReceivable.InvoiceLineCreate(), {
        glAccountNumber: "1500",
        transactionAmount: 20,
        locationId: place,
    });
    const invoice = await result(new AccountsReceivable.InvoiceCreate(), {
        customerId: "10001",
        transactionDate: DAY,
        dueDate: LATER,
        invoiceNumber: "N-1",
        lines: [line],
    });
    const applied = Object.assign(new AccountsReceivable.ArPaymentItem(), {
        applyToRecordId: invoice.key,
        amountToApply: 20,
    });
    const payment = await result(new AccountsReceivable.ArPaymentCreate(), {
        customerId: "10001",
        transactionPaymentAmount: 20,
        receivedDate: LATER,
        paymentMethod: "EFT",
        undepositedFundsGlAccountNo: "1050",
        referenceNumber: "P-1",
        applyToTransactions: [applied],
    });
    const read = await result(new Common.Read(), { objectName: "ARPYMT", keys: [payment.key] });
    assert.equal(read.data[0].CUSTOMERID, "10001");
    assert.equal(read.data[0].PAYMENTMETHOD, "EFT");
    assert.equal(read.data[0].ARPYMTDETAILS.arpymtdetail.RECORDKEY, invoice.key);
});

test("a journal entry balances or is refused", async () => {
    const place = await anyPlace();
    const entry = (credit) => {
        const line = (amount) =>
            Object.assign(new GeneralLedger.JournalEntryLineCreate(), {
                glAccountNumber: "1500",
                transactionAmount: amount,
                locationId: place,
            });
        return Object.assign(new GeneralLedger.JournalEntryCreate(), {
            journalSymbol: "GJ",
            postingDate: DAY,
            description: "New",
            lines: [line(5), line(-credit)],
        });
    };
    assert.match((await refusal(result(entry(4)))).message, /balance/);
    const made = await result(entry(5));
    const key = made.data[0].RECORDNO;
    const read = await result(new Common.Read(), { objectName: "GLBATCH", keys: [key] });
    assert.deepEqual(
        read.data[0].ENTRIES.glentry.map((one) => one.TR_TYPE),
        ["1", "-1"],
    );
    await result(new GeneralLedger.JournalEntryDelete(), { recordNo: key });
});

test("documents of order entry and purchasing are known by type and number", async () => {
    const place = await anyPlace();
    const items = await result(new Common.ReadByQuery(), { objectName: "ITEM", fields: ["ITEMID"], pageSize: 1 });
    const common = { itemId: items.data[0].ITEMID, quantity: 2, unit: "Each", price: 3.5, locationId: place };
    const sold = await result(new OrderEntry.OrderEntryTransactionCreate(), {
        transactionDefinition: "Sales Invoice",
        customerId: "10001",
        transactionDate: DAY,
        documentNumber: "N-1",
        lines: [Object.assign(new OrderEntry.OrderEntryTransactionLineCreate(), common)],
    });
    assert.equal(sold.key, "Sales Invoice-N-1");
    await result(new OrderEntry.OrderEntryTransactionUpdate(), { transactionId: sold.key, message: "hello" });
    await result(new OrderEntry.OrderEntryTransactionDelete(), { documentId: sold.key });
    const bought = await result(new Purchasing.PurchasingTransactionCreate(), {
        transactionDefinition: "Purchase Order",
        vendorId: "20001",
        transactionDate: DAY,
        dueDate: LATER,
        documentNumber: "N-1",
        lines: [Object.assign(new Purchasing.PurchasingTransactionLineCreate(), common)],
    });
    assert.equal(bought.key, "Purchase Order-N-1");
    await result(new Purchasing.PurchasingTransactionDelete(), { documentId: bought.key });
});

test("a charge card's transaction and an expense report", async () => {
    const place = await anyPlace();
    const employees = await result(new Common.ReadByQuery(), { objectName: "EMPLOYEE", pageSize: 1 });
    const expense = Object.assign(new EmployeeExpense.ExpenseReportLineCreate(), {
        glAccountNumber: "1500",
        transactionAmount: 38,
        expenseDate: DAY,
        memo: "lunch",
        locationId: place,
    });
    const report = await result(new EmployeeExpense.ExpenseReportCreate(), {
        employeeId: employees.data[0].EMPLOYEEID,
        transactionDate: DAY,
        reasonForExpense: "travel",
        lines: [expense],
    });
    await result(new EmployeeExpense.ExpenseReportDelete(), { recordNo: report.key });
    const card = Object.assign(new CashManagement.ChargeCardTransactionLineCreate(), {
        glAccountNumber: "1500",
        transactionAmount: 4,
        locationId: place,
    });
    const refused = await refusal(
        result(new CashManagement.ChargeCardTransactionCreate(), {
            chargeCardId: "nobody",
            transactionDate: DAY,
            transactionCurrency: "USD",
            lines: [card],
        }),
    );
    assert.match(refused.message, /nobody/);
});

test("attachments with files in a folder", async () => {
    await result(new Company.AttachmentsFolderCreate(), { folderName: "Folder", description: "f" });
    const made = await result(new Company.AttachmentsCreate(), {
        attachmentsId: "A-1",
        attachmentsName: "One",
        attachmentFolderName: "Folder",
    });
    assert.ok(made.key);
    await result(new Company.AttachmentsUpdate(), { attachmentsId: "A-1", description: "changed" });
    const listed = await result(new Common.GetList.GetList(), { object: "supdoc" });
    assert.deepEqual([listed.start, listed.end, listed.totalCount], [0, 0, 1]);
    assert.equal(listed.data[0].supdocid, "A-1");
    assert.equal(listed.data[0].description, "changed");
    await result(new Company.AttachmentsDelete(), { attachmentsId: "A-1" });
    await result(new Company.AttachmentsFolderDelete(), { folderName: "Folder" });
});

test("many functions in one request, each with its control ID", async () => {
    const read = (key) => Object.assign(new Common.Read(`read ${key}`), { objectName: "VENDOR", keys: [key] });
    const bad = Object.assign(new Common.Read("bad"), { objectName: "UNICORN", keys: [1] });
    const response = await client().executeBatch([read(1), bad, read(2)], requestConfig());
    assert.deepEqual(
        response.results.map((one) => [one.controlId, one.status]),
        [
            ["read 1", "success"],
            ["bad", "failure"],
            ["read 2", "success"],
        ],
    );
});

test("a transaction undoes all of its functions", async () => {
    const make = (id) => Object.assign(new Company.ClassCreate(), { classId: id, className: id });
    const bad = Object.assign(new Common.Read(), { objectName: "UNICORN", keys: [1] });
    const inOne = requestConfig({ transaction: true });
    // As recorded: aborted throughout, which the client leaves to its caller.
    const { results } = await client().executeBatch([make("T-1"), bad], inOne);
    for (const one of results) {
        assert.throws(() => one.ensureStatusSuccess(), /aborted.*rolled back due to an error/);
    }
    assert.match(results[1].errors[0], /UNICORN/);
    // As its sample says: the function that failed is a failure, which the client raises.
    const quirk = `${process.env.INTACCT_SANDBOX}/_sandbox/quirks`;
    const set = (value) =>
        fetch(quirk, { method: "PATCH", body: JSON.stringify({ "gateway-failed-transaction": value }) });
    assert.ok((await set("failure")).ok);
    const error = await refusal(client().executeBatch([make("T-1"), bad], inOne));
    assert.ok(error instanceof Exceptions.ResultException);
    assert.match(error.message, /UNICORN/);
    assert.ok((await set("aborted")).ok);
    const gone = await result(new Common.ReadByName(), { objectName: "CLASS", names: ["T-1"] });
    assert.equal(gone.count, 0);
    const stands = await client().executeBatch([make("T-1"), make("T-2")], inOne);
    assert.deepEqual(
        stands.results.map((one) => one.status),
        ["success", "success"],
    );
});

test("what the sandbox has no facts for is refused by name", async () => {
    for (const api of [
        new PlatformServices.DimensionRelationshipsGet(),
        new Functions.DataDeliveryService.DdsObjectList(),
        Object.assign(new AccountsPayable.BillSummaryCreate(), { title: "N", glPostingDate: DAY }),
    ]) {
        const error = await refusal(result(api));
        assert.ok(error instanceof Exceptions.ResultException);
        assert.match(error.message, /The sandbox does not have the function/);
    }
});
