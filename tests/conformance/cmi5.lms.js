"use strict";
/*
    What the LMS test suite of CATAPULT asks of a learning platform, passed on to tests/conformance/cmi5.py beside our server.
    The suite loads this file by the name in CATAPULT_LMS and runs it in its own folder.
*/
const http = require("http"),
    path = require("path"),
    {InvalidPackageError} = require(path.join(process.cwd(), "lib", "errors")),
    desk = new URL(process.env.TALKA_DESK);

function ask(place, body, headers = {}) {
    return new Promise((resolve, reject) => {
        const request = http.request(
            {host: desk.hostname, port: desk.port, path: place, method: "POST", headers},
            (response) => {
                const pieces = [];

                response.on("data", (piece) => pieces.push(piece));
                response.on("end", () => resolve({status: response.statusCode, said: JSON.parse(Buffer.concat(pieces).toString())}));
            }
        );

        request.on("error", reject);
        if (body && typeof body.pipe === "function") {
            body.pipe(request);
        }
        else {
            request.end(JSON.stringify(body));
        }
    });
}

async function done(place, body) {
    const {status, said} = await ask(place, body);

    if (status !== 200) {
        throw new Error(`${place}: ${status} ${JSON.stringify(said)}`);
    }

    return said;
}

module.exports = {
    setup: async () => {},
    teardown: async () => {},
    cleanup: async () => {},
    getLrsEndpoint: () => process.env.TALKA_XAPI,
    getLrsAuthHeader: () => process.env.TALKA_KEY,
    importCourse: async (stream, contentType, filename) => {
        const {status, said} = await ask(
            "/course",
            stream,
            {"X-Name": filename, "Content-Type": contentType, "Transfer-Encoding": "chunked"}
        );

        if (status === 422) {
            throw new InvalidPackageError(said.refused);
        }
        if (status !== 200) {
            throw new Error(`import of ${filename}: ${status} ${JSON.stringify(said)}`);
        }

        return said.course;
    },
    getLaunchUrl: async (course, unit, actor, {registration, launchMode}) =>
        (await done("/launch", {course, unit, actor, registration, mode: launchMode})).url,
    hasWaive: () => true,
    waiveAU: (registration, unit, reason) => done("/waive", {registration, unit, reason}),
    hasAbandon: () => true,
    abandonSession: (session) => done("/abandon", {session})
};
