// std::wstring with 16-bit units, whose code libstdc++ has compiled for 32 bits.
#include <map>
#include <string>
#include <windows.h>

int main()
{
    std::wstring w = L"abc";
    w += L"def";
    w.append(30, L'z');
    w.insert(1, L"QQ");
    w.replace(0, 1, L"a long replacement");
    std::map<std::wstring, int> m;
    m[w] = 3;
    std::wstring v = w.substr(2, 4) + std::to_wstring(77);
    char narrow[64];
    snprintf(narrow, sizeof narrow, "%ls", v.c_str());
    bool good = w.size() == 55 && v == L"long77" && v.find(L"77") == 4 && w.rfind(L"zz") == 53 && m.count(w) == 1 &&
                std::wcslen(w.c_str()) == w.size() && std::string(narrow) == "long77";
    return good ? 0 : 1;
}
