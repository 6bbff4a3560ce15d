// A C++ wrapper as programs have it: RAII handles, std::wstring, exceptions.
#include <windows.h>
#include <shellapi.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

class Error : public std::runtime_error {
public:
    explicit Error(const char *what) : std::runtime_error(what), code(::GetLastError()) {}
    const DWORD code;
};

struct HandleCloser {
    typedef HANDLE pointer;
    void operator()(HANDLE h) const
    {
        if (h != nullptr && h != INVALID_HANDLE_VALUE)
            ::CloseHandle(h);
    }
};
using UniqueHandle = std::unique_ptr<HANDLE, HandleCloser>;

static std::wstring Quote(const std::wstring &argument)
{
    if (!argument.empty() && argument.find_first_of(L" \t\n\v\"") == std::wstring::npos)
        return argument;
    std::wstring quoted = L"\"";
    for (auto it = argument.begin();; ++it) {
        size_t backslashes = 0;
        while (it != argument.end() && *it == L'\\') {
            ++it;
            ++backslashes;
        }
        if (it == argument.end()) {
            quoted.append(backslashes * 2, L'\\');
            break;
        } else if (*it == L'"') {
            quoted.append(backslashes * 2 + 1, L'\\');
        } else {
            quoted.append(backslashes, L'\\');
        }
        quoted.push_back(*it);
    }
    quoted.push_back(L'"');
    return quoted;
}

static std::string Narrow(const std::wstring &wide)
{
    int n = ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), static_cast<int>(wide.size()), nullptr, 0, nullptr, nullptr);
    std::string narrow(static_cast<size_t>(n), '\0');
    ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), static_cast<int>(wide.size()), &narrow[0], n, nullptr, nullptr);
    return narrow;
}

class Process {
public:
    Process(const std::wstring &image, const std::vector<std::wstring> &arguments)
    {
        SECURITY_ATTRIBUTES attributes{sizeof(attributes), nullptr, TRUE};
        HANDLE read, write;
        if (!::CreatePipe(&read, &write, &attributes, 0))
            throw Error("CreatePipe");
        output_.reset(read);
        UniqueHandle childs(write);
        ::SetHandleInformation(read, HANDLE_FLAG_INHERIT, 0);
        std::wstring line = Quote(image);
        for (const auto &a : arguments)
            line += L" " + Quote(a);
        STARTUPINFOW startup{};
        startup.cb = sizeof(startup);
        startup.dwFlags = STARTF_USESTDHANDLES;
        startup.hStdInput = ::GetStdHandle(STD_INPUT_HANDLE);
        startup.hStdOutput = write;
        startup.hStdError = ::GetStdHandle(STD_ERROR_HANDLE);
        PROCESS_INFORMATION information{};
        if (!::CreateProcessW(image.c_str(), &line[0], nullptr, nullptr, TRUE, CREATE_UNICODE_ENVIRONMENT, nullptr, nullptr, &startup, &information))
            throw Error("CreateProcessW");
        process_.reset(information.hProcess);
        thread_.reset(information.hThread);
    }
    std::string ReadAll()
    {
        std::string all;
        char buffer[256];
        DWORD n;
        while (::ReadFile(output_.get(), buffer, sizeof(buffer), &n, nullptr) && n > 0)
            all.append(buffer, n);
        return all;
    }
    DWORD Wait()
    {
        if (::WaitForSingleObject(process_.get(), INFINITE) != WAIT_OBJECT_0)
            throw Error("WaitForSingleObject");
        DWORD code;
        if (!::GetExitCodeProcess(process_.get(), &code))
            throw Error("GetExitCodeProcess");
        return code;
    }

private:
    UniqueHandle process_, thread_, output_;
};

int main(int argc, char **)
{
    std::wstring image(MAX_PATH, L'\0');
    image.resize(::GetModuleFileNameW(nullptr, &image[0], MAX_PATH));
    if (argc > 1) {
        int n;
        LPWSTR *list = ::CommandLineToArgvW(::GetCommandLineW(), &n);
        for (int i = 1; i < n; i++)
            std::cout << "<" << Narrow(list[i]) << ">";
        ::LocalFree(list);
        return n;
    }
    const std::vector<std::vector<std::wstring>> lines = {
        {L"plain"}, {L"two words", L""}, {L"a\"b", L"c\\", L"d e\\"}, {L"\u00e4\u20ac", L"\\\\\"x\" y\\\\"}, {L"tab\there"}};
    for (const auto &l : lines) {
        Process p(image, l);
        std::string said = p.ReadAll();
        std::cout << said << " " << p.Wait() << std::endl;
    }
    std::vector<std::thread> threads;
    std::vector<DWORD> codes(8);
    for (size_t i = 0; i < codes.size(); i++)
        threads.emplace_back([&, i] {
            Process p(image, std::vector<std::wstring>(i + 1, L"x"));
            p.ReadAll();
            codes[i] = p.Wait();
        });
    for (auto &t : threads)
        t.join();
    for (DWORD c : codes)
        std::cout << c << " ";
    std::cout << std::endl;
    try {
        Process p(L"./no such image.exe", {});
    } catch (const Error &e) {
        std::cout << e.what() << ": " << e.code << std::endl;
    }
    return 0;
}
